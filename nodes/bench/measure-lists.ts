// How long a cache node takes for pages of its lists, counts, changes and scans over all its accounts.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { addressBytes, type OperationName, type Slot } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM } from '@streamsync/program-parser';
import {
  encodeAccountsCountArguments,
  encodeChangesArguments,
  encodePageArguments,
  encodeScanArguments,
} from '@streamsync/wire';
import type { SpecialisedStore } from '../src/specialisations/specialisation.ts';
import { mintBytes, walletBytes } from './made-up-tokens.ts';
import { microsecondsOf, percentile } from './timing.ts';

const ROUNDS = 3_000;
const SCANS = 5;
/** Entries of a page of 10 KB: 40 token accounts. */
const PAGE_ENTRIES = 40;
const US_PER_NS = 1_000;

export async function measureLists(
  { chain, operations, operationsLater }: SpecialisedStore,
  accounts: number,
) {
  const pins = chain.timeline.applied().map(({ slot }) => slot);
  const slotFirst = pins[0] as Slot;
  const tip = pins.at(-1) as Slot;
  const program = addressBytes(SPL_TOKEN_PROGRAM);
  const timed = (name: OperationName, item: (round: number) => Uint8Array) => {
    const answer = operations[name];
    if (answer === undefined) throw new Error(`no ${name}`);
    const microseconds: number[] = [];
    let sizeBytes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const slot = pins[(round * 13) % pins.length] ?? tip;
      const asked = item(round);
      microseconds.push(
        microsecondsOf(() => {
          const found = answer(asked, slot);
          if (typeof found === 'string') throw new Error(`${name}: ${found}`);
          sizeBytes += found.length;
        }),
      );
    }
    const warm = microseconds.slice(ROUNDS / 10);
    return {
      p50Us: percentile(warm, 50),
      p99Us: percentile(warm, 99),
      meanBytes: Math.round(sizeBytes / ROUNDS),
    };
  };
  const pageOf = (key: Uint8Array, limit: number) =>
    encodePageArguments({ key, after: null, limit });
  const account = (round: number) => (round * 7_919) % accounts;
  return {
    pageByMint: timed('tokenAccounts.byMint', (round) =>
      pageOf(mintBytes(account(round)), PAGE_ENTRIES),
    ),
    pageByOwner: timed('tokenAccounts.byOwner', (round) =>
      pageOf(walletBytes(account(round)), PAGE_ENTRIES),
    ),
    countOfProgram: timed('accounts.count', () =>
      encodeAccountsCountArguments({
        list: 'programAccounts.byProgram',
        arguments: pageOf(program, 1),
      }),
    ),
    changesOfProgram: timed('accountChanges.byProgram', (round) => {
      const pin = pins[(round * 13) % pins.length] ?? tip;
      const slotAfter = (pin > slotFirst ? pin - 1n : slotFirst) as Slot;
      return encodeChangesArguments({ key: program, slotAfter });
    }),
    scan: await measureScans(operationsLater, program, tip),
  };
}

async function measureScans(
  operationsLater: SpecialisedStore['operationsLater'],
  program: Uint8Array,
  tip: Slot,
) {
  const scan = operationsLater?.['programAccounts.scan'];
  if (scan === undefined) throw new Error('no scan');
  const item = encodeScanArguments({
    program,
    filters: [{ offset: 64, bytes: new Uint8Array(8).fill(255) }],
    dataSizeBytes: 165,
    after: null,
    limit: 100,
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const milliseconds: number[] = [];
  for (let round = 0; round < SCANS; round += 1) {
    const startedAtMs = performance.now();
    const page = await scan(item, tip);
    if (typeof page === 'string') throw new Error(page);
    milliseconds.push(performance.now() - startedAtMs);
  }
  delay.disable();
  return {
    pageMs: percentile(milliseconds, 50),
    eventLoopDelayP99Us: Math.round(delay.percentile(99) / US_PER_NS),
  };
}
