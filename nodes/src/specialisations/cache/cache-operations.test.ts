// Indexes, scans, counts and changes against the simplest thing that can be right: all accounts of
// each slot in a map, filtered and sorted.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccountState,
  addressBytes,
  addressFromBytes,
  blockhashFromBytes,
  CHANGES_MAX,
  PROGRAM_INDEXES,
  parseAddress,
  parseSlot,
  type Slot,
} from '@streamsync/domain';
import { SYSTEM_PROGRAM } from '@streamsync/program-parser';
import {
  decodeAccountChanges,
  decodeAccountItem,
  decodeAccountPage,
  decodeCount,
  decodeScanPage,
  encodeAccountsCountArguments,
  encodeChangesArguments,
  encodeIndexArguments,
  encodePageArguments,
  encodeScanArguments,
} from '@streamsync/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { addressOf, bytesOf, slotUpdate } from '../../../tests/support/slot-updates.ts';
import type { SpecialisedStore } from '../specialisation.ts';
import { speed } from '../speed/speed.ts';
import { cache } from './cache.ts';

const STAKE = PROGRAM_INDEXES.STAKE_BY_STAKER.program;
const CORE = parseAddress('CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d');
const ADDRESSES = 8;
const KEYS = [41, 42];

const opened: { store: SpecialisedStore; folder: string }[] = [];
afterEach(async () => {
  for (const { store, folder } of opened.splice(0)) {
    await store.chain.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function open(definition: typeof cache, isFollowed = true): SpecialisedStore {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-cache-'));
  const store = definition.openStore({
    folder,
    genesisHash: blockhashFromBytes(bytesOf(0)),
    coverage: {
      absentIsKnown: () => isFollowed,
      followsProgram: () => isFollowed,
      isFed: false,
    },
  });
  opened.push({ store, folder });
  return store;
}

/** An account of one of three programs whose data names a key, or nothing in particular. */
function stateOf(program: number, key: number, kind: number): AccountState {
  const data = new Uint8Array(program === 1 ? 200 : 80);
  if (program === 1) data.set(bytesOf(key), 12);
  if (program === 2) {
    data[0] = kind;
    data.set(bytesOf(key), 1);
  }
  const owner = [SYSTEM_PROGRAM, STAKE, CORE][program] ?? SYSTEM_PROGRAM;
  return { lamports: BigInt(key), owner, executable: false, data };
}

const write = fc.record({
  address: fc.integer({ min: 1, max: ADDRESSES }),
  state: fc.option(
    fc
      .tuple(fc.nat(2), fc.constantFrom(...KEYS), fc.nat(2))
      .map(([program, key, kind]) => stateOf(program, key, kind)),
    { nil: null, freq: 4 },
  ),
});
const history = fc.array(
  fc.uniqueArray(write, { maxLength: 5, selector: ({ address }) => address }),
  {
    minLength: 2,
    maxLength: 8,
  },
);

type States = Map<number, AccountState>;

/** The states after each slot, from slot 1 on; element 0 is before the first. */
function statesOf(slots: { address: number; state: AccountState | null }[][]): States[] {
  const states: States[] = [new Map()];
  for (const writes of slots) {
    const state = new Map(states.at(-1));
    for (const { address, state: after } of writes) {
      if (after === null) state.delete(address);
      else state.set(address, after);
    }
    states.push(state);
  }
  return states;
}

const at = (slot: number): Slot => parseSlot(slot);
const bytesFrom = (found: unknown): Uint8Array => {
  if (!(found instanceof Uint8Array)) throw new Error(String(found));
  return found;
};
const numberOf = (address: string) => addressBytes(parseAddress(address))[0];

async function apply(
  store: SpecialisedStore,
  slots: { address: number; state: AccountState | null }[][],
): Promise<void> {
  for (const [index, writes] of slots.entries()) {
    const accounts = writes.map(({ address, state }) => ({ address: addressOf(address), state }));
    await store.chain.applySlot(slotUpdate(index + 1, accounts));
  }
}

const matching = (states: States | undefined, matches: (state: AccountState) => boolean) =>
  [...(states ?? new Map<number, AccountState>())]
    .filter(([, state]) => matches(state))
    .map(([address]) => address)
    .sort((left, right) => left - right);

describe('lists of a cache node', () => {
  it('by a declared index, and their counts, are a filter of all accounts at each slot', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (slots) => {
        const store = open(cache);
        await apply(store, slots);
        const states = statesOf(slots);
        for (const [index, ...key] of KEYS.flatMap((each) => [
          ['STAKE_BY_STAKER' as const, each] as const,
          ['CORE_ASSET_BY_OWNER' as const, each] as const,
        ])) {
          const { program, where, keyOffset } = PROGRAM_INDEXES[index];
          for (let slot = 1; slot <= slots.length; slot += 1) {
            const expected = matching(
              states[slot],
              ({ owner, data }) =>
                owner === program &&
                where.every(({ offset, bytes }) => data[offset] === bytes[0]) &&
                data[keyOffset] === key[0],
            );
            const page = { index, key: bytesOf(key[0]), after: null };
            const found = store.operations['programAccounts.byIndex']?.(
              encodeIndexArguments({ ...page, limit: 100 }),
              at(slot),
            );
            const { entries } = decodeAccountPage(bytesFrom(found));
            expect(entries.map(({ address }) => numberOf(address))).toEqual(expected);
            const count = store.operations['accounts.count']?.(
              encodeAccountsCountArguments({
                list: 'programAccounts.byIndex',
                arguments: encodeIndexArguments({ ...page, limit: 1 }),
              }),
              at(slot),
            );
            expect(decodeCount(bytesFrom(count))).toBe(expected.length);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('by a scan are a filter of all accounts, page after page', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 3 }), async (slots, limit) => {
        const store = open(cache);
        await apply(store, slots);
        const states = statesOf(slots);
        for (const dataSizeBytes of [null, 200, 80]) {
          const expected = matching(
            states.at(-1),
            ({ owner, data }) =>
              owner === STAKE &&
              data[12] === 41 &&
              (dataSizeBytes === null || data.length === dataSizeBytes),
          );
          const found: (number | undefined)[] = [];
          let after: Uint8Array | null = null;
          do {
            const answer: Uint8Array = bytesFrom(
              await store.operationsLater?.['programAccounts.scan']?.(
                encodeScanArguments({
                  program: addressBytes(STAKE),
                  filters: [{ offset: 12, bytes: Uint8Array.of(41, 41) }],
                  dataSizeBytes,
                  after,
                  limit,
                }),
                at(slots.length),
              ),
            );
            const page = decodeScanPage(answer);
            expect(page.entries.length).toBeLessThanOrEqual(limit);
            found.push(...page.entries.map(({ address }) => numberOf(address)));
            after = page.next;
          } while (after !== null);
          expect(found).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('refuses to count from the middle of a list', async () => {
    const store = open(cache);
    await apply(store, [[{ address: 1, state: stateOf(1, 41, 0) }]]);
    const page = { key: addressBytes(STAKE), after: bytesOf(1), limit: 1 };
    expect(() =>
      store.operations['accounts.count']?.(
        encodeAccountsCountArguments({
          list: 'programAccounts.byProgram',
          arguments: encodePageArguments(page),
        }),
        at(1),
      ),
    ).toThrow(expect.objectContaining({ code: 'MALFORMED_MESSAGE' }));
  });

  it('states nothing of a program that its source does not follow', async () => {
    const store = open(cache, false);
    await apply(store, [[{ address: 1, state: stateOf(1, 41, 0) }], []]);
    const page = encodeIndexArguments({
      index: 'STAKE_BY_STAKER',
      key: bytesOf(41),
      after: null,
      limit: 1,
    });
    const program = addressBytes(STAKE);
    const answers = [
      store.operations['programAccounts.byIndex']?.(page, at(2)),
      store.operations['accounts.count']?.(
        encodeAccountsCountArguments({ list: 'programAccounts.byIndex', arguments: page }),
        at(2),
      ),
      store.operations['accountChanges.byProgram']?.(
        encodeChangesArguments({ key: program, slotAfter: at(1) }),
        at(2),
      ),
      await store.operationsLater?.['programAccounts.scan']?.(
        encodeScanArguments({ program, filters: [], dataSizeBytes: null, after: null, limit: 1 }),
        at(2),
      ),
    ];
    expect(answers).toEqual(answers.map(() => 'NOT_COVERED'));
  });
});

describe('a scan', () => {
  const rows = 3_000;
  const addressAt = (index: number) => {
    const bytes = new Uint8Array(32);
    new DataView(bytes.buffer).setUint32(0, index);
    return bytes;
  };
  const scanOf = (store: SpecialisedStore, slot: number, after: Uint8Array | null = null) =>
    store.operationsLater?.['programAccounts.scan']?.(
      encodeScanArguments({
        program: addressBytes(STAKE),
        filters: [{ offset: 12, bytes: Uint8Array.of(99) }],
        dataSizeBytes: null,
        after,
        limit: 1,
      }),
      at(slot),
    );
  const fill = async (store: SpecialisedStore) => {
    const accounts = Array.from({ length: rows }, (_, index) => ({
      address: addressFromBytes(addressAt(index)),
      state: stateOf(1, 41, 0),
    }));
    await store.chain.applySlot(slotUpdate(1, accounts));
  };

  it('lets the event loop turn, and ends with what a fork replaced it by', async () => {
    const store = open(cache);
    await fill(store);
    await store.chain.applySlot(slotUpdate(2));
    const whole = scanOf(store, 2);
    const undone = scanOf(store, 2);
    await store.chain.rollback(at(1));
    await store.chain.applySlot({ ...slotUpdate(2), blockhash: blockhashFromBytes(bytesOf(250)) });
    expect(await Promise.all([whole, undone])).toContain('SLOT_NOT_AVAILABLE');
  });

  it('is refused where more of them wait than could end in time', async () => {
    const store = open(cache);
    await fill(store);
    const answers = await Promise.all(Array.from({ length: 20 }, () => scanOf(store, 1)));
    expect(answers.filter((answer) => answer === 'NODE_OVERLOADED').length).toBeGreaterThan(0);
    const [first] = answers;
    expect(decodeScanPage(bytesFrom(first))).toEqual({ entries: [], next: null });
  });
});

describe('changes', () => {
  const read = (found: Uint8Array) => {
    const { changes, slotLast } = decodeAccountChanges(found);
    return {
      slotLast: Number(slotLast),
      changes: changes.map(({ slot, address, item }) => [
        Number(slot),
        numberOf(address),
        decodeAccountItem(item)?.lamports ?? null,
      ]),
    };
  };
  const asOf = (states: States | undefined, address: number, program: string | null) => {
    const state = states?.get(address);
    return state !== undefined && (program === null || state.owner === program) ? state : null;
  };
  const isSame = (left: AccountState | null, right: AccountState | null) =>
    left === right || (left !== null && right !== null && encode(left) === encode(right));
  const encode = ({ owner, lamports, data }: AccountState) =>
    `${owner} ${lamports} ${Buffer.from(data).toString('hex')}`;

  it('of an address and of a program are what differs from slot to slot', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (slots) => {
        const speedStore = open(speed);
        const cacheStore = open(cache);
        await apply(speedStore, slots);
        await apply(cacheStore, slots);
        const states = statesOf(slots);
        const differs = (slot: number, address: number) =>
          !isSame(asOf(states[slot - 1], address, null), asOf(states[slot], address, null));
        const expected = (
          addresses: number[],
          after: number,
          pin: number,
          program: string | null,
        ) => {
          const changes: unknown[] = [];
          for (let slot = after + 1; slot <= pin; slot += 1) {
            for (const address of addresses) {
              const isOf =
                program === null ||
                asOf(states[slot - 1], address, program) !== null ||
                asOf(states[slot], address, program) !== null;
              if (!isOf || !differs(slot, address)) continue;
              changes.push([slot, address, states[slot]?.get(address)?.lamports ?? null]);
            }
          }
          return { slotLast: pin, changes };
        };
        const everyone = Array.from({ length: ADDRESSES }, (_, index) => index + 1);
        for (let after = 1; after <= slots.length; after += 1) {
          for (let pin = after; pin <= slots.length; pin += 1) {
            const ask = (key: Uint8Array) => encodeChangesArguments({ key, slotAfter: at(after) });
            for (const address of everyone) {
              const found = speedStore.operations['accountChanges.byAddress']?.(
                ask(bytesOf(address)),
                at(pin),
              );
              expect(read(bytesFrom(found))).toEqual(expected([address], after, pin, null));
            }
            const found = cacheStore.operations['accountChanges.byProgram']?.(
              ask(addressBytes(STAKE)),
              at(pin),
            );
            expect(read(bytesFrom(found))).toEqual(expected(everyone, after, pin, STAKE));
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('are told in whole slots up to their bound, and go on behind it', async () => {
    const store = open(cache);
    const many = (slot: number, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const bytes = new Uint8Array(32).fill(1);
        new DataView(bytes.buffer).setUint32(0, index);
        return { address: addressFromBytes(bytes), state: stateOf(1, 40 + slot, 0) };
      });
    await store.chain.applySlot(slotUpdate(1));
    await store.chain.applySlot(slotUpdate(2, many(2, CHANGES_MAX + 1)));
    await store.chain.applySlot(slotUpdate(3, many(3, CHANGES_MAX / 2)));
    await store.chain.applySlot(slotUpdate(4, many(4, CHANGES_MAX / 2)));
    await store.chain.applySlot(slotUpdate(5, many(5, 1)));
    const ask = (after: number) => {
      const found = store.operations['accountChanges.byProgram']?.(
        encodeChangesArguments({ key: addressBytes(STAKE), slotAfter: at(after) }),
        at(5),
      );
      const { slotLast, changes } = decodeAccountChanges(bytesFrom(found));
      return [Number(slotLast), changes.length];
    };
    expect([ask(1), ask(2), ask(4), ask(5)]).toEqual([
      [2, CHANGES_MAX + 1],
      [4, CHANGES_MAX],
      [5, 1],
      [5, 0],
    ]);
  });

  it('are not told from before the window, nor across a gap in it', async () => {
    for (const [definition, operation] of [
      [speed, 'accountChanges.byAddress'],
      [cache, 'accountChanges.byProgram'],
    ] as const) {
      const store = open(definition);
      for (const slot of [5, 6, 9]) await store.chain.applySlot(slotUpdate(slot));
      const ask = (after: number) => {
        const item = encodeChangesArguments({ key: bytesOf(1), slotAfter: at(after) });
        const found = store.operations[operation]?.(item, at(9));
        return found instanceof Uint8Array ? 'answered' : found;
      };
      expect([ask(4), ask(5), ask(6), ask(9)]).toEqual([
        'SLOT_NOT_AVAILABLE',
        'SLOT_NOT_AVAILABLE',
        'SLOT_NOT_AVAILABLE',
        'answered',
      ]);
    }
  });
});
