// An account as the resolvers see it: its state at a pin, parsed once and only when a field or the
// type of it is asked for (base58 and parsing cost more than the rest of a field).
import { type AccountState, type Address, invariant, type Slot } from '@streamsync/domain';
import { type ParsedAccount, type ParseResult, parseAccount } from '@streamsync/program-parser';
import type { ChainReader } from '../pipeline/ports.ts';

export type AccountKind = ParsedAccount['kind'];

export class AccountEntity {
  readonly address: Address;
  readonly state: AccountState;
  readonly reader: ChainReader;
  /** Null where the answer does not say. */
  readonly lastWriteSlot: Slot | null;
  #parsed: ParseResult | null = null;

  constructor(
    address: Address,
    state: AccountState,
    reader: ChainReader,
    lastWriteSlot: Slot | null = null,
  ) {
    this.address = address;
    this.state = state;
    this.reader = reader;
    this.lastWriteSlot = lastWriteSlot;
  }

  get slot(): Slot {
    return this.reader.slot;
  }

  get parsed(): ParseResult {
    this.#parsed ??= parseAccount(this.address, this.state);
    return this.#parsed;
  }

  /** What the bytes are; malformed bytes are a program account with the reason. */
  get kind(): AccountKind {
    const { parsed } = this;
    return parsed.kind === 'parsed' ? parsed.account.kind : 'programAccount';
  }

  /** The parsed account, whose kind the graph's type has told. */
  as<Kind extends AccountKind>(kind: Kind): Extract<ParsedAccount, { kind: Kind }> {
    const { parsed } = this;
    invariant(
      parsed.kind === 'parsed' && parsed.account.kind === kind,
      'the type of an account is the kind of its bytes',
    );
    return parsed.account as Extract<ParsedAccount, { kind: Kind }>;
  }
}

/** The account at `address`, or null where the chain has none. */
export async function readAccount(
  reader: ChainReader,
  address: Address,
): Promise<AccountEntity | null> {
  const { state, lastWriteSlot } = await reader.account(address);
  return state === null ? null : new AccountEntity(address, state, reader, lastWriteSlot);
}
