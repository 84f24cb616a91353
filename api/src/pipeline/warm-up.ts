// Runs the spine over accounts that do not exist before the first customer comes. Code that the
// engine has not compiled yet takes 20 to 40 ms for what later takes one: past the guarantee.
import { setImmediate as breathe } from 'node:timers/promises';
import { OPERATIONS, parseSlot } from '@streamsync/domain';
import { encodeAccountItem, encodeAccountPage, encodeTransactionItem } from '@streamsync/wire';
import type { Batch, DecidedRace, RaceRequest } from './ports.ts';
import { createServeQuery, type Rooms } from './serve-query.ts';

/** From here on more runs change nothing that can be measured. */
const RUNS = 300;

const ADDRESS = '11111111111111111111111111111111';

/** What customers ask most. */
const DOCUMENTS = [
  'query($a: Address!) { account(address: $a) { __typename address lamports slot owner data } }',
  'query($a: Address!) { accounts(addresses: [$a]) { __typename address lamports } }',
  'query($a: Address!) { tokenAccounts(owner: $a) { edges { node { amount } } } }',
] as const;

export async function warmUp(rooms: Rooms): Promise<void> {
  const pin = { slot: parseSlot(1), blockhash: ADDRESS as never };
  const serve = createServeQuery({
    ...rooms,
    pins: {
      choosePin: () => ({ kind: 'pinned', pin, tip: pin.slot, provenance: 'FED' }),
    },
    racing: { race: (request) => Promise.resolve(emptyRace(request)) },
    // What was warmed up with is nobody's receipt.
    receipts: { issue: () => {}, query: () => null, race: () => null },
  });
  for (let run = 0; run < RUNS; run += 1) {
    for (const query of DOCUMENTS) {
      await serve({
        query,
        operationName: null,
        variables: { a: ADDRESS },
        readOnly: false,
        receivedAtMs: rooms.clock.monotonicMs(),
      });
    }
    // Documents are compiled by a timer, and warmed up as compiled ones too.
    await breathe();
  }
}

function emptyRace({ batch, pin, trust }: RaceRequest): DecidedRace {
  const item = emptyItem(batch.operation);
  return {
    outcome: { kind: 'served', items: batch.items.map(() => item) },
    record: () => ({
      id: 'warm-up',
      operation: batch.operation,
      operationClass: OPERATIONS[batch.operation].class.name,
      items: batch.items.length,
      slot: pin.slot,
      trust,
      racers: [],
      winner: null,
      verifiers: [],
      resultHash: null,
      error: null,
      steps: { selectedMs: 0, sentMs: 0, firstAnswerMs: null, servedMs: null, collectedMs: null },
    }),
  };
}

function emptyItem(operation: Batch['operation']): Uint8Array {
  switch (operation) {
    case 'account.get':
      return encodeAccountItem({
        lamports: 1n,
        owner: ADDRESS as never,
        executable: false,
        data: new Uint8Array(),
      });
    case 'transaction.get':
      return encodeTransactionItem(null);
    default:
      return encodeAccountPage({ entries: [], more: false });
  }
}
