// A cache node over a million made-up stake accounts, for the bench of the declared indexes: the real
// store, sessions and sockets in a process of its own. Prints a JSON line when it is ready, and ends
// with its parent.
//
//   node nodes/bench/index-node.ts OPERATOR [accounts]
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountWrite,
  addressFromBytes,
  blockhashFromBytes,
  PROGRAM_INDEXES,
  parseSlot,
  type SlotUpdate,
} from '@streamsync/domain';
import {
  createLog,
  createMetrics,
  identityFromSeed,
  nativeCrypto,
  systemClock,
} from '@streamsync/runtime';
import { SourceCounters } from '@streamsync/solana-indexer';
import { createOperatorMetrics } from '../src/http/node-metrics.ts';
import { IngestProgress } from '../src/ingest/ingest-progress.ts';
import { openNode } from '../src/open-node.ts';
import { SPECIALISATION_DEFINITIONS } from '../src/specialisations/index.ts';

const STAKE_ACCOUNT_BYTES = 200;
const STAKER_OFFSET = PROGRAM_INDEXES.STAKE_BY_STAKER.keyOffset;
const WITHDRAWER_OFFSET = PROGRAM_INDEXES.STAKE_BY_WITHDRAWER.keyOffset;
/** Of one staker: a list of just under 10 KB. */
const ACCOUNTS_PER_STAKER = 36;
const PART = 5_000;
const GENESIS_HASH = new Uint8Array(32).fill(7);
const PIN_HASH = blockhashFromBytes(new Uint8Array(32).fill(3));
const SLOT = parseSlot(400_000_000);

const [operator = 'alpha', accountsText = '1000000'] = process.argv.slice(2);
const accounts = Number(accountsText);
const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const stakerOf = (number: number): Buffer => hashOf(`staker ${number}`);

function stakeAccount(index: number): AccountWrite {
  const data = Buffer.alloc(STAKE_ACCOUNT_BYTES);
  // An initialised account that is not delegated.
  data.writeUInt32LE(1, 0);
  data.writeBigUInt64LE(2_282_880n, 4);
  data.set(stakerOf(Math.floor(index / ACCOUNTS_PER_STAKER)), STAKER_OFFSET);
  data.set(hashOf(`withdrawer ${index % 5_003}`), WITHDRAWER_OFFSET);
  return {
    address: addressFromBytes(hashOf(`stake ${index}`)),
    state: {
      lamports: 2_282_880n + BigInt(index),
      owner: PROGRAM_INDEXES.STAKE_BY_STAKER.program,
      executable: false,
      data,
    },
  };
}

const update: SlotUpdate = {
  slot: SLOT,
  parentSlot: null,
  blockhash: PIN_HASH,
  previousBlockhash: null,
  blockTimeSeconds: null,
  blockHeight: null,
  provenance: 'STREAMED',
  accounts: [],
  transactions: [],
};

const folder = mkdtempSync(join(tmpdir(), 'streamsync-bench-index-'));
const log = createLog({ name: 'bench', level: 'error' });
const store = SPECIALISATION_DEFINITIONS.cache.openStore({
  folder,
  genesisHash: blockhashFromBytes(GENESIS_HASH),
  coverage: { absentIsKnown: () => true, followsProgram: () => true, isFed: false },
  log,
});
for (let first = 0; first < accounts; first += PART) {
  const part = Array.from({ length: Math.min(PART, accounts - first) }, (_, at) =>
    stakeAccount(first + at),
  );
  await store.chain.addSnapshot(SLOT, part);
}
await store.chain.endSnapshot(update);
await store.chain.flush();

const progress = new IngestProgress(() => new SourceCounters().snapshot());
const identity = identityFromSeed(nativeCrypto.randomBytes(32));
const node = await openNode({
  operator,
  node: {
    name: 'cache',
    specialisation: 'cache',
    listen: 'tcp://127.0.0.1:0',
    publish: 'tcp://127.0.0.1:0',
    capacityUnitsPerSecond: 1_000_000,
    bidNanoUsd: 1,
    sessionsMax: 16,
  },
  identity,
  genesisHash: GENESIS_HASH,
  store,
  ingest: () => progress.reading(),
  delayMs: 0,
  metrics: createOperatorMetrics(createMetrics({ operator })),
  clock: systemClock,
  log,
});
node.slotJournaled(SLOT);

process.on('disconnect', () => {
  void node
    .stop()
    .then(() => store.chain.close())
    .then(() => rmSync(folder, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
process.send?.({
  peer: {
    nodeKey: identity.nodeKey,
    operator,
    specialisation: 'cache',
    address: node.address,
    publish: node.publishAddress,
  },
  genesisHash: blockhashFromBytes(GENESIS_HASH),
  accounts,
  stakers: Array.from({ length: 1_000 }, (_, index) =>
    addressFromBytes(
      stakerOf(Math.floor((index * accounts) / ACCOUNTS_PER_STAKER / 1_000)),
    ).toString(),
  ),
});
