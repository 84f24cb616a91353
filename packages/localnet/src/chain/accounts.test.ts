import type { AccountState, Address } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Accounts } from './accounts.ts';

const owners = ['alpha', 'beta', 'gamma'] as Address[];
const addresses = ['1', '2', '3', '4', '5'] as Address[];

const state = fc.record<AccountState>({
  lamports: fc.bigInt({ min: 1n, max: 3n }),
  owner: fc.constantFrom(...owners),
  executable: fc.constant(false),
  data: fc.uint8Array({ maxLength: 2 }),
});
const action = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    address: fc.constantFrom(...addresses),
    after: fc.option(state),
  }),
  fc.record({ kind: fc.constant('close' as const) }),
);

describe('accounts', () => {
  it('read like two plain maps, whatever is written, and list owners from them', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const accounts = new Accounts([]);
        const closed = new Map<Address, AccountState>();
        const open = new Map<Address, AccountState>();
        for (const one of actions) {
          if (one.kind === 'write') {
            accounts.write(one.address, one.after);
            if (one.after === null) open.delete(one.address);
            else open.set(one.address, one.after);
          } else {
            const before = new Map(closed);
            const writes = accounts.closeSlot();
            closed.clear();
            for (const entry of open) closed.set(...entry);
            for (const write of writes) {
              expect(write.before).toEqual(before.get(write.address) ?? null);
              expect(write.after).toEqual(closed.get(write.address) ?? null);
              expect(write.after).not.toEqual(write.before);
            }
          }
          for (const [view, model] of [
            ['open', open],
            ['closed', closed],
          ] as const) {
            for (const address of addresses) {
              expect(accounts.read(address, view)).toEqual(model.get(address) ?? null);
            }
            for (const owner of owners) {
              const owned = new Map(accounts.ownedBy(owner, view));
              expect(owned).toEqual(new Map([...model].filter(([, one]) => one.owner === owner)));
            }
          }
        }
      }),
    );
  });
});
