import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layoutPorts, OPERATORS, PORTS_SPAN, type PortLayout } from './layout.ts';

const allPorts = (layout: PortLayout): number[] => [
  layout.graphql,
  layout.rpc,
  layout.webSocket,
  layout.yellowstone,
  ...OPERATORS.flatMap((operator) => [
    layout.operators[operator].metrics,
    ...layout.operators[operator].nodes.flatMap((node) => [node.listen, node.publish]),
  ]),
];

it('the default ports are the customary ones, and nodes listen from 7700', () => {
  const layout = layoutPorts(undefined);
  expect(layout).toMatchObject({ graphql: 4000, rpc: 8899, webSocket: 8900, yellowstone: 10_000 });
  expect(layout.operators.alpha.nodes[0]).toEqual({
    specialisation: 'speed',
    listen: 7700,
    publish: 7701,
  });
});

it('port 0 means a free port everywhere', () => {
  expect(new Set(allPorts(layoutPorts(0)))).toEqual(new Set([0]));
});

it('no port is given twice, and none lies outside the span', () => {
  const base = fc.option(fc.integer({ min: 1, max: 65_535 - PORTS_SPAN }), { nil: undefined });
  fc.assert(
    fc.property(base, (from) => {
      const ports = allPorts(layoutPorts(from));
      expect(new Set(ports).size).toBe(ports.length);
      if (from === undefined) return;
      for (const port of ports) expect(port - from).toBeLessThan(PORTS_SPAN);
    }),
  );
});
