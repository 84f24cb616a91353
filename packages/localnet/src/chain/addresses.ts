// Well-known addresses, and the two ways an address is written in types: the domain's brand, and
// the brand of @solana/kit, which litesvm takes. Both are base58 text of 32 bytes.
import type { Address as KitAddress } from '@solana/kit';
import type { Address } from '@streamsync/domain';

const known = (text: string): Address => text as Address;

export const toKit = (address: Address): KitAddress => address as string as KitAddress;
export const fromKit = (address: KitAddress): Address => address as string as Address;

export const SYSTEM_PROGRAM = known('11111111111111111111111111111111');
export const TOKEN_PROGRAM = known('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
export const TOKEN_2022_PROGRAM = known('TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb');
export const LOOKUP_TABLE_PROGRAM = known('AddressLookupTab1e1111111111111111111111111');
export const COMPUTE_BUDGET_PROGRAM = known('ComputeBudget111111111111111111111111111111');
export const MEMO_PROGRAMS: readonly Address[] = [
  known('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr'),
  known('Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo'),
];

/** The sysvars that change with every slot. */
export const SLOT_SYSVARS: readonly Address[] = [
  known('SysvarC1ock11111111111111111111111111111111'),
  known('SysvarS1otHashes111111111111111111111111111'),
  known('SysvarRecentB1ockHashes11111111111111111111'),
];

/** The owners of everything that litesvm creates by itself: it has no list of all accounts. */
export const BUILTIN_OWNERS: readonly Address[] = [
  known('NativeLoader1111111111111111111111111111111'),
  known('BPFLoader1111111111111111111111111111111111'),
  known('BPFLoader2111111111111111111111111111111111'),
  known('BPFLoaderUpgradeab1e11111111111111111111111'),
  known('Sysvar1111111111111111111111111111111111111'),
  known('Feature111111111111111111111111111111111111'),
  known('Config1111111111111111111111111111111111111'),
  SYSTEM_PROGRAM,
  TOKEN_PROGRAM,
  TOKEN_2022_PROGRAM,
];
