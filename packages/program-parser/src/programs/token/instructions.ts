// The instructions that SPL Token and Token-2022 share. Source: spl-token-interface `TokenInstruction`;
// withdrawExcessLamports, unwrapLamports and batch came with p-token.
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';
import { TOKEN_2022_EXTENSION_INSTRUCTIONS } from './extension-instructions.ts';
import { SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM } from './token-programs.ts';

const { address, enumeration, list, option, restText, u16, u64, u8 } = arg;

/** The first four are SPL Token's; the others are authorities of Token-2022's extensions. */
const authorityType = enumeration('u8', 'TokenAuthorityType', [
  'mintTokens',
  'freezeAccount',
  'accountOwner',
  'closeAccount',
  'transferFeeConfig',
  'withheldWithdraw',
  'closeMint',
  'interestRate',
  'permanentDelegate',
  'confidentialTransferMint',
  'transferHookProgramId',
  'confidentialTransferFeeConfig',
  'metadataPointer',
  'groupPointer',
  'groupMemberPointer',
  'scaledUiAmount',
  'pause',
  'permissionedBurn',
]);

/** Bytes with a length of one byte in front. */
const bytesU8: arg.Argument<Uint8Array> = {
  shape: { kind: 'bytes' },
  read: (r) => r.bytes(r.u8()),
  write(w, value) {
    w.u8(value.length);
    w.bytes(value);
  },
};

const amount = { amount: u64 };
const checkedAmount = { amount: u64, decimals: u8 };
const mintFields = {
  decimals: u8,
  mintAuthority: address,
  freezeAuthority: option(address),
};

export const TOKEN_BASE_INSTRUCTIONS = {
  initializeMint: instruction(0, ['mint', 'rentSysvar'], mintFields),
  initializeAccount: instruction(1, ['account', 'mint', 'owner', 'rentSysvar']),
  initializeMultisig: instruction(2, ['multisig', 'rentSysvar', '...signers'], {
    signersRequired: u8,
  }),
  transfer: instruction(3, ['source', 'destination', 'authority', '...signers'], amount),
  approve: instruction(4, ['source', 'delegate', 'authority', '...signers'], amount),
  revoke: instruction(5, ['source', 'authority', '...signers']),
  setAuthority: instruction(6, ['account', 'authority', '...signers'], {
    authorityType,
    newAuthority: option(address),
  }),
  mintTo: instruction(7, ['mint', 'account', 'authority', '...signers'], amount),
  burn: instruction(8, ['account', 'mint', 'authority', '...signers'], amount),
  closeAccount: instruction(9, ['account', 'destination', 'authority', '...signers']),
  freezeAccount: instruction(10, ['account', 'mint', 'authority', '...signers']),
  thawAccount: instruction(11, ['account', 'mint', 'authority', '...signers']),
  transferChecked: instruction(
    12,
    ['source', 'mint', 'destination', 'authority', '...signers'],
    checkedAmount,
  ),
  approveChecked: instruction(
    13,
    ['source', 'mint', 'delegate', 'authority', '...signers'],
    checkedAmount,
  ),
  mintToChecked: instruction(14, ['mint', 'account', 'authority', '...signers'], checkedAmount),
  burnChecked: instruction(15, ['account', 'mint', 'authority', '...signers'], checkedAmount),
  initializeAccount2: instruction(16, ['account', 'mint', 'rentSysvar'], { owner: address }),
  syncNative: instruction(17, ['account', 'rentSysvar?']),
  initializeAccount3: instruction(18, ['account', 'mint'], { owner: address }),
  initializeMultisig2: instruction(19, ['multisig', '...signers'], { signersRequired: u8 }),
  initializeMint2: instruction(20, ['mint'], mintFields),
  /** The extensions by the program's numbers of their types; SPL Token takes none. */
  getAccountDataSize: instruction(21, ['mint'], {
    extensionTypes: list(u16, { count: 'rest', itemBytesMin: 2 }),
  }),
  initializeImmutableOwner: instruction(22, ['account']),
  amountToUiAmount: instruction(23, ['mint'], amount),
  uiAmountToAmount: instruction(24, ['mint'], { uiAmount: restText }),
  withdrawExcessLamports: instruction(38, ['account', 'destination', 'authority', '...signers']),
  /** Without an amount: all that are wrapped. */
  unwrapLamports: instruction(45, ['account', 'destination', 'authority', '...signers'], {
    unwrapAmount: option(u64),
  }),
  /** Several instructions in one; each takes the next `accountCount` accounts. */
  batch: instruction(255, ['...batchAccounts'], {
    batched: list(arg.struct('TokenBatchEntry', { accountCount: u8, bytes: bytesU8 }), {
      count: 'rest',
      itemBytesMin: 2,
    }),
  }),
} as const;

export const TOKEN_INSTRUCTIONS = instructionTable({
  program: 'token',
  programIds: [SPL_TOKEN_PROGRAM],
  tagWidth: 'u8',
  instructions: TOKEN_BASE_INSTRUCTIONS,
});

export const TOKEN_2022_INSTRUCTIONS = instructionTable({
  program: 'token2022',
  programIds: [TOKEN_2022_PROGRAM],
  tagWidth: 'u8',
  instructions: { ...TOKEN_BASE_INSTRUCTIONS, ...TOKEN_2022_EXTENSION_INSTRUCTIONS },
});
