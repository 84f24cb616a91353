import { type AccountState, type Address, addressFromBytes, parseSlot } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSnapshots, SlotWrites, type Snapshot } from './slot-writes.ts';

const addressOf = (number: number) => addressFromBytes(new Uint8Array(32).fill(number));
const PROGRAMS = [101, 102, 103].map(addressOf);

const change = fc.record({
  account: fc.integer({ min: 1, max: 5 }),
  /** Index of the program that owns it afterwards; null closes it. */
  owner: fc.option(fc.integer({ min: 0, max: 2 }), { nil: null }),
});

describe('snapshots merged with the stream', () => {
  it('give the state of the newest slot, whatever slot each list was read at', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        fc.tuple(...PROGRAMS.map(() => fc.nat())),
        fc.nat(),
        (slots, readAt, subscribedAt) => {
          const states: Map<Address, AccountState>[] = [new Map()];
          const writes: Map<Address, AccountState | null>[] = [new Map()];
          slots.forEach((changes, index) => {
            const state = new Map(states[index]);
            const written = new Map<Address, AccountState | null>();
            for (const { account, owner } of changes) {
              const address = addressOf(account);
              const after =
                owner === null
                  ? null
                  : {
                      lamports: BigInt(index + 1),
                      owner: PROGRAMS[owner] ?? addressOf(0),
                      executable: false,
                      data: new Uint8Array(),
                    };
              if (after === null) state.delete(address);
              else state.set(address, after);
              written.set(address, after);
            }
            states.push(state);
            writes.push(written);
          });
          // The stream is heard from some slot on, and every list is read at or after that slot.
          const heardFrom = subscribedAt % states.length;
          const snapshots: Snapshot[] = PROGRAMS.map((program, index) => {
            const slot = heardFrom + ((readAt[index] ?? 0) % (states.length - heardFrom));
            const accounts = [...(states[slot] ?? [])]
              .filter(([, state]) => state.owner === program)
              .map(([address, state]) => ({ address, state }));
            return { program, slot: parseSlot(slot), accounts };
          });
          const heard = new SlotWrites();
          for (let slot = heardFrom + 1; slot < states.length; slot += 1) {
            for (const [address, state] of writes[slot] ?? []) {
              heard.add(parseSlot(slot), { address, state });
            }
          }
          const merged = mergeSnapshots(snapshots, heard);
          const found = new Map(merged.accounts.map(({ address, state }) => [address, state]));
          expect(found).toEqual(states[Number(merged.slot)]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
