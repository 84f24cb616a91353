// One process of the race bench: three nodes with trivial answers, over real sockets and sessions.
// It tells its parent where they listen, what CPU it used whenever it is asked, and ends when its
// parent goes.
import { createNodeSessions, listenPub, listenRep } from '@streamsync/networking-core';
import { identityFromSeed, nativeCrypto, silentLog, systemClock } from '@streamsync/runtime';
import { encodeAccountItem, REQUEST_FRAME_BYTES_MAX } from '@streamsync/wire';
import { BENCH_ACCOUNTS, type BenchNode, benchAccount, GENESIS_HASH } from './bench-network.ts';

const NODES = 3;

async function startNode(): Promise<BenchNode> {
  const identity = identityFromSeed(nativeCrypto.randomBytes(32));
  const items = Array.from({ length: BENCH_ACCOUNTS }, (_, index) =>
    encodeAccountItem(benchAccount(index)),
  );
  const pub = await listenPub({ address: 'tcp://127.0.0.1:0' });
  const sessions = createNodeSessions({
    identity,
    genesisHash: GENESIS_HASH,
    crypto: nativeCrypto,
    clock: systemClock,
    log: silentLog,
    sessionsMax: 64,
    tlsFingerprint: null,
    answer: (call, reply) => {
      // The account's number stands in the first two bytes of its address.
      const answers = call.items.map((item) => {
        const at = item.length - 32;
        const index = (((item[at] as number) << 8) | (item[at + 1] as number)) % BENCH_ACCOUNTS;
        return items[index] as Uint8Array;
      });
      reply({ kind: 'items', items: answers });
    },
    publicFacts: () => ({}),
    publish: (bytes) => void pub.socket.publish(bytes),
  });
  const rep = await listenRep({
    address: 'tcp://127.0.0.1:0',
    frameBytesMax: REQUEST_FRAME_BYTES_MAX,
    handler: (request, reply) => sessions.handle(request, (bytes) => reply.send(bytes)),
  });
  return { address: rep.address, publishAddress: pub.address, nodeKey: identity.nodeKey };
}

const nodes: BenchNode[] = [];
for (let count = 0; count < NODES; count += 1) nodes.push(await startNode());
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit(0));
process.send?.(nodes);
