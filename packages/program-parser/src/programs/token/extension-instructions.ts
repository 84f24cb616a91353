// The instructions of Token-2022's extensions, but for the confidential ones: a first byte for the
// extension and a second for its instruction; metadata and groups have interfaces of their own, whose
// tags are the first 8 bytes of a hash of the name. Source: spl-token-2022-interface
// `extension::*::instruction`, spl-token-metadata-interface, spl-token-group-interface.
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction } from '../../transactions/instruction-table.ts';
import { CONFIDENTIAL_INSTRUCTIONS } from './confidential-instructions.ts';
import { TOKEN_ACCOUNT_STATES } from './token-account.ts';

const { address, addressOrZero, bool, enumeration, f64, i16, i64, list } = arg;
const { option, text, u16, u64, u8 } = arg;

const accountState = enumeration('u8', 'TokenAccountStateArgument', TOKEN_ACCOUNT_STATES);

const MINT = ['mint'] as const;
const MINT_BY_AUTHORITY = ['mint', 'authority', '...signers'] as const;
const ACCOUNT_BY_OWNER = ['account', 'authority', '...signers'] as const;
const PERMISSIONED_BURN = [
  'account',
  'mint',
  'permissionedBurnAuthority',
  'authority',
  '...signers',
] as const;

const FIELD_NAMES = ['name', 'symbol', 'uri', 'key'] as const;
type MetadataField = {
  readonly field: (typeof FIELD_NAMES)[number];
  readonly key: string | null;
};
const fieldName = enumeration('u8', 'TokenMetadataFieldName', FIELD_NAMES);

/** One of three fields, or an additional one by its key. */
const metadataField: arg.Argument<MetadataField> = {
  shape: {
    kind: 'struct',
    name: 'TokenMetadataField',
    fields: { field: fieldName.shape, key: { kind: 'optional', of: { kind: 'text' } } },
  },
  read(r) {
    const field = fieldName.read(r);
    return { field, key: field === 'key' ? text.read(r) : null };
  },
  write(w, { field, key }) {
    fieldName.write(w, field);
    if (key !== null) text.write(w, key);
  },
};

export const TOKEN_2022_EXTENSION_INSTRUCTIONS = {
  initializeMintCloseAuthority: instruction(25, MINT, { closeAuthority: option(address) }),
  initializeTransferFeeConfig: instruction([26, 0], MINT, {
    transferFeeConfigAuthority: option(address),
    withdrawWithheldAuthority: option(address),
    feeBasisPoints: u16,
    maximumFee: u64,
  }),
  transferCheckedWithFee: instruction(
    [26, 1],
    ['source', 'mint', 'destination', 'authority', '...signers'],
    { amount: u64, decimals: u8, fee: u64 },
  ),
  withdrawWithheldTokensFromMint: instruction(
    [26, 2],
    ['mint', 'feeReceiver', 'authority', '...signers'],
  ),
  withdrawWithheldTokensFromAccounts: instruction(
    [26, 3],
    ['mint', 'feeReceiver', 'authority', '...signers', '...sources'],
    { accountCount: u8 },
    { lastCount: ({ accountCount }: { readonly accountCount: number }) => accountCount },
  ),
  harvestWithheldTokensToMint: instruction([26, 4], ['mint', '...sources']),
  setTransferFee: instruction([26, 5], MINT_BY_AUTHORITY, {
    feeBasisPoints: u16,
    maximumFee: u64,
  }),
  ...CONFIDENTIAL_INSTRUCTIONS,
  initializeDefaultAccountState: instruction([28, 0], MINT, { accountState }),
  updateDefaultAccountState: instruction([28, 1], MINT_BY_AUTHORITY, { accountState }),
  /** The extensions by the program's numbers of their types. */
  reallocate: instruction(29, ['account', 'payer', 'systemProgram', 'authority', '...signers'], {
    extensionTypes: list(u16, { count: 'rest', itemBytesMin: 2 }),
  }),
  enableMemoTransfers: instruction([30, 0], ACCOUNT_BY_OWNER),
  disableMemoTransfers: instruction([30, 1], ACCOUNT_BY_OWNER),
  createNativeMint: instruction(31, ['payer', 'nativeMint', 'systemProgram']),
  initializeNonTransferableMint: instruction(32, MINT),
  initializeInterestBearingMint: instruction([33, 0], MINT, {
    rateAuthority: addressOrZero,
    rateBasisPoints: i16,
  }),
  updateInterestRate: instruction([33, 1], MINT_BY_AUTHORITY, { rateBasisPoints: i16 }),
  enableCpiGuard: instruction([34, 0], ACCOUNT_BY_OWNER),
  disableCpiGuard: instruction([34, 1], ACCOUNT_BY_OWNER),
  initializePermanentDelegate: instruction(35, MINT, { delegate: address }),
  initializeTransferHook: instruction([36, 0], MINT, {
    authority: addressOrZero,
    hookProgram: addressOrZero,
  }),
  updateTransferHook: instruction([36, 1], MINT_BY_AUTHORITY, { hookProgram: addressOrZero }),
  initializeMetadataPointer: instruction([39, 0], MINT, {
    authority: addressOrZero,
    metadataAddress: addressOrZero,
  }),
  updateMetadataPointer: instruction([39, 1], MINT_BY_AUTHORITY, {
    metadataAddress: addressOrZero,
  }),
  initializeGroupPointer: instruction([40, 0], MINT, {
    authority: addressOrZero,
    groupAddress: addressOrZero,
  }),
  updateGroupPointer: instruction([40, 1], MINT_BY_AUTHORITY, { groupAddress: addressOrZero }),
  initializeGroupMemberPointer: instruction([41, 0], MINT, {
    authority: addressOrZero,
    memberAddress: addressOrZero,
  }),
  updateGroupMemberPointer: instruction([41, 1], MINT_BY_AUTHORITY, {
    memberAddress: addressOrZero,
  }),
  initializeScaledUiAmount: instruction([43, 0], MINT, {
    authority: addressOrZero,
    multiplier: f64,
  }),
  updateScaledUiAmountMultiplier: instruction([43, 1], MINT_BY_AUTHORITY, {
    multiplier: f64,
    effectiveUnixTimestamp: i64,
  }),
  initializePausable: instruction([44, 0], MINT, { authority: address }),
  pause: instruction([44, 1], MINT_BY_AUTHORITY),
  resume: instruction([44, 2], MINT_BY_AUTHORITY),
  initializePermissionedBurn: instruction([46, 0], MINT, { authority: address }),
  permissionedBurn: instruction([46, 1], PERMISSIONED_BURN, { amount: u64 }),
  permissionedBurnChecked: instruction([46, 2], PERMISSIONED_BURN, { amount: u64, decimals: u8 }),

  /** spl_token_metadata_interface:initialize_account */
  initializeTokenMetadata: instruction(
    [210, 225, 30, 162, 88, 184, 77, 141],
    ['metadata', 'updateAuthority', 'mint', 'mintAuthority'],
    { tokenName: text, symbol: text, uri: text },
  ),
  /** spl_token_metadata_interface:updating_field */
  updateTokenMetadataField: instruction(
    [221, 233, 49, 45, 181, 202, 220, 200],
    ['metadata', 'updateAuthority'],
    { field: metadataField, value: text },
  ),
  /** spl_token_metadata_interface:remove_key_ix */
  removeTokenMetadataKey: instruction(
    [234, 18, 32, 56, 89, 141, 37, 181],
    ['metadata', 'updateAuthority'],
    { idempotent: bool, key: text },
  ),
  /** spl_token_metadata_interface:update_the_authority */
  updateTokenMetadataAuthority: instruction(
    [215, 228, 166, 228, 84, 100, 86, 123],
    ['metadata', 'updateAuthority'],
    { newAuthority: addressOrZero },
  ),
  /** spl_token_metadata_interface:emitter */
  emitTokenMetadata: instruction([250, 166, 180, 250, 13, 12, 184, 70], ['metadata'], {
    start: option(u64),
    end: option(u64),
  }),
  /** spl_token_group_interface:initialize_token_group */
  initializeTokenGroup: instruction(
    [121, 113, 108, 39, 54, 51, 0, 4],
    ['group', 'mint', 'mintAuthority'],
    { groupUpdateAuthority: addressOrZero, maxSize: u64 },
  ),
  /** spl_token_group_interface:update_group_max_size */
  updateTokenGroupMaxSize: instruction(
    [108, 37, 171, 143, 248, 30, 18, 110],
    ['group', 'updateAuthority'],
    { maxSize: u64 },
  ),
  /** spl_token_group_interface:update_authority */
  updateTokenGroupAuthority: instruction(
    [161, 105, 88, 1, 237, 221, 216, 203],
    ['group', 'updateAuthority'],
    { newAuthority: addressOrZero },
  ),
  /** spl_token_group_interface:initialize_member */
  initializeTokenGroupMember: instruction(
    [152, 32, 222, 176, 223, 237, 116, 134],
    ['member', 'memberMint', 'memberMintAuthority', 'group', 'groupUpdateAuthority'],
  ),
} as const;
