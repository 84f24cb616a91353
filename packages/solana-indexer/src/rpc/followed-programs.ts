// The programs whose accounts a complete source delivers. They are found on the way: executable
// accounts, and owners that accounts move to. Bounded, because each is a list of its own, and with
// PubSub a subscription.
import type { Address, SlotUpdate } from '@streamsync/domain';
import { ROOT_PROGRAMS } from './rpc-options.ts';

export const PROGRAMS_MAX = 2_000;

export class FollowedPrograms {
  readonly all: Set<Address>;

  constructor(programs: Iterable<Address> = []) {
    this.all = new Set([...ROOT_PROGRAMS, ...programs]);
  }

  /** Whether every program that was found is followed. */
  get isComplete(): boolean {
    return this.all.size < PROGRAMS_MAX;
  }

  /** Whether the program was not followed yet and now is. */
  follow(program: Address): boolean {
    if (this.all.has(program) || !this.isComplete) return false;
    this.all.add(program);
    return true;
  }

  /** Whether the writes of a slot show programs that were not followed, and now are. */
  findIn({ accounts }: Pick<SlotUpdate, 'accounts'>): boolean {
    let isNew = false;
    for (const { address, state } of accounts) {
      if (state === null) continue;
      if (state.executable) isNew = this.follow(address) || isNew;
      isNew = this.follow(state.owner) || isNew;
    }
    return isNew;
  }
}
