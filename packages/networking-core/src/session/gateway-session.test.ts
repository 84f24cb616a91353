import {
  type Identity,
  identityFromSeed,
  nativeCrypto,
  silentLog,
  systemClock,
} from '@streamsync/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificate } from '../sp/certificate.ts';
import { dialSub, listenPub, listenRep } from '../sp/sp-sockets.ts';
import type { ListenTls } from '../sp/sp-tls.ts';
import { GatewaySession, type GatewaySessionOptions } from './gateway-session.ts';
import type { CallFailure, NodeAnswer } from './node-answer.ts';
import { createNodeSessions } from './node-sessions.ts';
import type { NodeSessions } from './node-sessions-port.ts';
import { PreparedCall } from './prepared-call.ts';

const genesisHash = new Uint8Array(32).fill(1);
const nodeIdentity = identityFromSeed(new Uint8Array(32).fill(2));
const gateway = identityFromSeed(new Uint8Array(32).fill(3));
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function until(condition: () => boolean, what: string): Promise<void> {
  const endAtMs = performance.now() + 8_000;
  while (!condition()) {
    if (performance.now() > endAtMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface TestNode {
  readonly address: string;
  readonly publishAddress: string;
  /** What a restart does: every session is gone, and with it its trees. */
  forget(): void;
  stop(): Promise<void>;
  publishing: boolean;
}

async function startNode(
  options: {
    readonly identity?: Identity;
    readonly address?: string;
    readonly tls?: ListenTls;
    readonly tlsFingerprint?: string;
  } = {},
): Promise<TestNode> {
  const { identity = nodeIdentity, tls, tlsFingerprint } = options;
  const pub = await listenPub({ address: 'tcp://127.0.0.1:0' });
  const newSessions = (): NodeSessions =>
    createNodeSessions({
      identity,
      genesisHash,
      crypto: nativeCrypto,
      clock: systemClock,
      log: silentLog,
      sessionsMax: 8,
      tlsFingerprint: tlsFingerprint === undefined ? null : Buffer.from(tlsFingerprint, 'hex'),
      answer: ({ items }, reply) => reply({ kind: 'items', items }),
      publicFacts: () => ({}),
      publish: (bytes) => {
        if (node.publishing) pub.socket.publish(bytes);
      },
    });
  let sessions = newSessions();
  const rep = await listenRep({
    address: options.address ?? `${tls === undefined ? 'tcp' : 'tls+tcp'}://127.0.0.1:0`,
    ...(tls === undefined ? {} : { tls }),
    handler: (request, reply) => sessions.handle(request, (bytes) => reply.send(bytes)),
  });
  const node: TestNode = {
    address: rep.address,
    publishAddress: pub.address,
    publishing: true,
    forget: () => {
      sessions = newSessions();
    },
    stop: async () => {
      sessions.stop();
      await Promise.all([rep.stop(), pub.stop()]);
    },
  };
  stops.push(node.stop);
  return node;
}

function dial(node: TestNode, options: Partial<GatewaySessionOptions> = {}): GatewaySession {
  const session = new GatewaySession({
    address: node.address,
    nodeKey: nodeIdentity.nodeKey,
    identity: gateway,
    genesisHash,
    crypto: nativeCrypto,
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  const sub = dialSub({
    address: node.publishAddress,
    prefixes: [new Uint8Array(0)],
    onMessage: (bytes) => session.receiveRoot(bytes),
  });
  stops.push(
    () => session.stop(),
    () => sub.stop(),
  );
  return session;
}

type Heard = { answer: NodeAnswer | null; failure: CallFailure | null; attested: boolean | null };

function call(session: GatewaySession, seat = 0): Heard {
  const heard: Heard = { answer: null, failure: null, attested: null };
  const prepared = new PreparedCall(nativeCrypto, {
    queryId: nativeCrypto.randomBytes(16),
    operation: 'account.get',
    slot: 5n,
    blockhash: new Uint8Array(32).fill(6),
    budgetMs: 1_000,
    items: [Uint8Array.of(0x81, seat)],
  });
  session.call(prepared, seat, 1_000, {
    onAnswer: (_seat, answer) => {
      heard.answer = answer;
    },
    onFailure: (_seat, failure) => {
      heard.failure = failure;
    },
    onAttested: (_seat, attested) => {
      heard.attested = attested;
    },
  });
  return heard;
}

const settled = (heard: Heard) => heard.answer !== null || heard.failure !== null;

describe('a gateway session', () => {
  it('fails a call before the hello, and answers and attests after it', async () => {
    const session = dial(await startNode());
    expect(call(session).failure).toEqual({ code: 'NODE_UNREACHABLE', byNode: false });
    await until(() => session.state === 'READY', 'the session is ready');
    const heard = call(session, 7);
    await until(() => heard.attested !== null, 'the answer is attested');
    expect(heard.answer?.body.items.map((item) => [...item])).toEqual([[0x81, 7]]);
    expect(heard.attested).toBe(true);
    expect(session.waiting).toBe(0);
    expect(session.counters).toMatchObject({ answersTotal: 1, attestedTotal: 1 });
  });

  it('is refused by a node of another key or another cluster', async () => {
    const other = await startNode({ identity: identityFromSeed(new Uint8Array(32).fill(9)) });
    const wrongKey = dial(other);
    const wrongCluster = dial(await startNode(), { genesisHash: new Uint8Array(32) });
    await until(() => wrongKey.state === 'REFUSED', 'the key is refused');
    await until(() => wrongCluster.state === 'REFUSED', 'the cluster is refused');
    expect(call(wrongKey).failure?.code).toBe('NODE_UNREACHABLE');
  });

  it('takes by TLS the certificate that is pinned and that the node signed, and no other', async () => {
    const own = await createCertificate({ hosts: ['127.0.0.1'] });
    const other = await createCertificate({ hosts: ['127.0.0.1'] });
    const { fingerprintSha256: tlsFingerprint } = own;
    const good = dial(await startNode({ tls: own, tlsFingerprint }), { tlsFingerprint });
    await until(() => good.state === 'READY', 'the pinned certificate is taken');
    const shown = dial(await startNode({ tls: other, tlsFingerprint }), { tlsFingerprint });
    await until(() => shown.state === 'REFUSED', 'another certificate is refused');
    const unsigned = dial(await startNode({ tls: own, tlsFingerprint: other.fingerprintSha256 }), {
      tlsFingerprint,
    });
    await until(() => unsigned.state === 'REFUSED', 'a hello that signs another is refused');
  });

  it('says hello again to a node that has forgotten it', async () => {
    const node = await startNode();
    const session = dial(node);
    await until(() => session.state === 'READY', 'the session is ready');
    node.forget();
    const heard = call(session);
    await until(() => settled(heard), 'the call fails');
    expect(heard.failure?.code).toBe('UNAUTHENTICATED_SESSION');
    await until(() => session.state === 'READY', 'the session is ready again');
    const again = call(session);
    await until(() => settled(again), 'the call is answered');
    expect(again.answer).not.toBeNull();
  });

  it('connects anew to a node that comes back, with a new session', async () => {
    const node = await startNode();
    const session = dial(node);
    await until(() => session.state === 'READY', 'the session is ready');
    await node.stop();
    await until(() => session.state === 'CONNECTING', 'the node is gone');
    expect(call(session).failure?.code).toBe('NODE_UNREACHABLE');
    await startNode({ address: node.address });
    await until(() => session.state === 'READY', 'the node is back');
    const heard = call(session);
    await until(() => settled(heard), 'the call is answered');
    expect(heard.answer).not.toBeNull();
  });

  it('fetches a root that was not published, and counts lost ones against the node', async () => {
    const node = await startNode();
    const session = dial(node);
    await until(() => session.state === 'READY', 'the session is ready');
    node.publishing = false;
    const fetched = call(session);
    await until(() => fetched.attested !== null, 'the root is fetched');
    expect(fetched.attested).toBe(true);
    const lost = call(session);
    await until(() => settled(lost), 'the call is answered');
    node.forget();
    await until(() => lost.attested !== null, 'the root is given up');
    expect(lost.attested).toBe(false);
    expect(session.state).not.toBe('READY');
  });

  it('bounds what waits for a node that never answers', async () => {
    const rep = await listenRep({
      address: 'tcp://127.0.0.1:0',
      inFlightMax: 100_000,
      handler: (request, reply) =>
        silent.handle(request, (bytes) => {
          if (bytes[2] !== 2) reply.send(bytes);
        }),
    });
    const silent = createNodeSessions({
      identity: nodeIdentity,
      genesisHash,
      crypto: nativeCrypto,
      clock: systemClock,
      log: silentLog,
      sessionsMax: 8,
      tlsFingerprint: null,
      answer: ({ items }, reply) => reply({ kind: 'items', items }),
      publicFacts: () => ({}),
      publish: () => {},
    });
    stops.push(
      () => rep.stop(),
      () => silent.stop(),
    );
    const node = await startNode();
    const session = dial({ ...node, address: rep.address });
    await until(() => session.state === 'READY', 'the session is ready');
    const heard = Array.from({ length: 5_000 }, () => call(session));
    const refused = heard.filter(({ failure }) => failure?.code === 'NODE_OVERLOADED');
    expect(refused).toHaveLength(5_000 - 4_096);
    session.stop();
    expect(heard.every(({ failure }) => failure !== null)).toBe(true);
  });
});
