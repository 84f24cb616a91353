// A whole network on real parts for tests of the front door: three operators and, where asked, localnet
// as child processes, and the gateway in this one. Invariant: `stop` leaves nothing running.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createLifecycle, silentLog } from '@streamsync/runtime';
import { type FaultProxy, startFaultProxy } from '@streamsync/testkit';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { GraphqlBody } from './front-door.ts';

const NODE = fileURLToPath(new URL('../../../nodes/src/main.ts', import.meta.url));
const LOCALNET = fileURLToPath(new URL('../../../packages/localnet/src/main.ts', import.meta.url));
const OPERATORS = ['alpha', 'bravo', 'charlie'];
const SPECIALISATIONS = ['speed', 'cache', 'archive'];
/** A cold start on a busy machine. */
const READY_MS_MAX = 30_000;
const FEED_MS_MAX = 90_000;
/** The constant sentence of the folder source: the only sure sign that a feed is through. */
const FEED_ENDED = 'the folders of chain data were read';

interface Child {
  readonly process: ChildProcess;
  /** The ready line. */
  // biome-ignore lint/suspicious/noExplicitAny: each program says what it has to say
  readonly ready: any;
  readonly stderr: () => string;
}

async function startChild(children: ChildProcess[], args: readonly string[]): Promise<Child> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-100_000);
  });
  const signal = AbortSignal.timeout(READY_MS_MAX);
  for await (const line of createInterface({ input: child.stdout, signal })) {
    if (line.includes('"ready":true')) {
      child.stdout.resume();
      return { process: child, ready: JSON.parse(line), stderr: () => stderr };
    }
  }
  throw new Error(`${args.join(' ')} was not ready: ${stderr}`);
}

async function stopChildren(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
}

/** Waits for a condition with a deadline. */
export async function until<Value>(
  what: string,
  condition: () => Promise<Value | null | false> | Value | null | false,
  deadlineMs = READY_MS_MAX,
): Promise<Value> {
  const endAtMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== false) return value;
    if (performance.now() > endAtMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface RealNetwork {
  ask(query: string, variables?: Record<string, unknown>): Promise<GraphqlBody>;
  /** Null where folders are fed. */
  readonly localnet: {
    readonly httpUrl: string;
    readonly demo: Readonly<Record<'owner' | 'mint' | 'tokenAccount', string>>;
  } | null;
  readonly operators: readonly RealOperator[];
  readonly url: string;
  stop(): Promise<void>;
}

export interface RealOperator {
  readonly name: string;
  readonly process: ChildProcess;
  /** Before its nodes' request sockets, where `seed` is given; one for each node. */
  readonly proxies: readonly FaultProxy[];
  /** Before the chain that it follows, where `seed` is given: RPC and PubSub. */
  readonly sourceProxies: readonly FaultProxy[];
}

export interface RealNetworkOptions {
  /** Puts a proxy with faults, none at first, before every node and before every source. */
  readonly seed?: number;
  /** The nodes of each operator; one of each specialisation otherwise. */
  readonly specialisations?: readonly string[];
  /** How long a feed of folders may take. */
  readonly feedMsMax?: number;
  /** Of the gateway's configuration. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** `folders`: lines of the source's TOML; null: localnet. */
export async function startRealNetwork(
  folders: string | null,
  {
    seed,
    specialisations = SPECIALISATIONS,
    feedMsMax = FEED_MS_MAX,
    environment = {},
  }: RealNetworkOptions = {},
): Promise<RealNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-real-'));
  const children: ChildProcess[] = [];
  const lifecycle = createLifecycle(silentLog);
  const proxies: FaultProxy[] = [];
  const startProxy = async (targetPort: number): Promise<FaultProxy> => {
    const proxy = await startFaultProxy({ targetPort, seed: (seed ?? 0) + proxies.length });
    proxies.push(proxy);
    return proxy;
  };
  const stop = async () => {
    await lifecycle.stop();
    await stopChildren(children);
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const localnet =
      folders === null
        ? (await startChild(children, [LOCALNET, '--http-port', '0', '--ws-port', '0'])).ready
        : null;
    const operators = await Promise.all(
      OPERATORS.map(async (operator) => {
        const sourceProxies: FaultProxy[] = [];
        const throughProxy = async (address: string): Promise<string> => {
          if (seed === undefined) return address;
          const proxy = await startProxy(portOf(address));
          sourceProxies.push(proxy);
          return withPort(address, proxy.port);
        };
        const source =
          localnet === null
            ? `kind = "folders"\n${folders}`
            : `kind = "rpc"\nrpcUrl = "${await throughProxy(localnet.httpUrl)}"\nwsUrl = "${await throughProxy(localnet.wsUrl)}"\ncompleteStream = true`;
        const config = writeConfig(join(folder, operator), { operator, source, specialisations });
        const child = await startChild(children, [NODE, 'run', '--config', config]);
        return { ...child, sourceProxies };
      }),
    );
    if (localnet === null) {
      const isFed = () => operators.every(({ stderr }) => stderr().includes(FEED_ENDED));
      await until('the folders are read', isFed, feedMsMax);
    }
    const realOperators = await Promise.all(
      operators.map(async ({ process, ready, sourceProxies }, index) => {
        const nodes = await Promise.all(
          ready.nodes.map(async (node: { address: string; publishAddress: string }) => {
            const proxy = seed === undefined ? null : await startProxy(portOf(node.address));
            return { node, proxy };
          }),
        );
        return {
          operator: {
            name: OPERATORS[index] ?? '',
            process,
            proxies: nodes.flatMap(({ proxy }) => (proxy === null ? [] : [proxy])),
            sourceProxies,
          },
          peers: nodes.map(({ node, proxy }) => ({
            ...node,
            operator: OPERATORS[index],
            address: proxy === null ? node.address : withPort(node.address, proxy.port),
            publish: node.publishAddress,
          })),
        };
      }),
    );
    const peers = realOperators.flatMap((each) => each.peers);
    const peersFile = join(folder, 'peers.json');
    writeFileSync(peersFile, JSON.stringify(peers));
    const config = readConfig({
      PORT: '0',
      PEERS: peersFile,
      DATA_DIR: join(folder, 'gateway'),
      GENESIS_HASH: operators[0]?.ready.genesisHash,
      ...(localnet === null
        ? {}
        : { SOLANA_RPC_URL: localnet.httpUrl, SOLANA_WS_URL: localnet.wsUrl }),
      ...environment,
    });
    const { url } = await startApp(config, silentLog, lifecycle);
    const ask = async (query: string, variables: Record<string, unknown> = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as GraphqlBody;
    };
    await until('every node is ready', async () => {
      const { data } = await ask('{ nodes { state appliedSlot } }');
      return data.nodes.every((node: { state: string }) => node.state === 'READY');
    });
    return { ask, localnet, operators: realOperators.map(({ operator }) => operator), url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1).replace(/\D.*$/, ''));
}

function withPort(address: string, port: number): string {
  return address.replace(/:\d+(?!.*:\d)/, `:${port}`);
}

interface OperatorConfig {
  readonly operator: string;
  /** Lines of its TOML. */
  readonly source: string;
  readonly specialisations: readonly string[];
}

function writeConfig(
  folder: string,
  { operator, source, specialisations }: OperatorConfig,
): string {
  mkdirSync(folder);
  const nodes = specialisations.map(
    (name) => `
[[nodes]]
name = "${name}"
specialisation = "${name}"
listen = "tcp://127.0.0.1:0"
publish = "tcp://127.0.0.1:0"
`,
  );
  const file = join(folder, 'streamsync.toml');
  writeFileSync(
    file,
    `operator = "${operator}"\ndataFolder = "data"\nlogLevel = "info"\n[source]\n${source}\n${nodes.join('')}`,
  );
  return file;
}
