// The instructions of Token-2022's confidential extensions (transfers 27, transfer fees 37, mint and
// burn 42). A proof stands in another instruction of the transaction, at the offset that the data
// gives, or, where that is 0, in an account: the roles depend on the offsets. Source:
// spl-token-2022-interface `extension::confidential_*::instruction`.
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction } from '../../transactions/instruction-table.ts';

const { addressOrZero, bool, bytes, bytesOrZero, i8, u64, u8 } = arg;

const elGamalKey = bytes(32);
const elGamalCiphertext = bytes(64);
/** AES-GCM-SIV: nonce 12, ciphertext 8, tag 16. */
const decryptableBalance = bytes(36);

const MINT = ['mint'] as const;
const MINT_BY_AUTHORITY = ['mint', 'authority', '...signers'] as const;
const ACCOUNT_BY_OWNER = ['account', 'authority', '...signers'] as const;

/** Each proof by the field of its offset: the role of its account is absent where that is not 0. */
const PROOF_ROLES: Readonly<Record<string, string>> = {
  equalityProofOffset: 'equalityProof',
  ciphertextValidityProofOffset: 'ciphertextValidityProof',
  transferAmountCiphertextValidityProofOffset: 'transferAmountCiphertextValidityProof',
  feeSigmaProofOffset: 'feeSigmaProof',
  feeCiphertextValidityProofOffset: 'feeCiphertextValidityProof',
  rangeProofOffset: 'rangeProof',
};

/** A proof in another instruction is read through the instructions sysvar, whose role has a '='. */
const byOffsets = {
  absent: (args: Readonly<Record<string, unknown>>): readonly string[] =>
    Object.entries(PROOF_ROLES).flatMap(([field, role]) =>
      field in args && args[field] !== 0 ? [role] : [],
    ),
};

const auditedAmounts = {
  auditorCiphertextLow: elGamalCiphertext,
  auditorCiphertextHigh: elGamalCiphertext,
};
const mintBurnProofs = {
  equalityProofOffset: i8,
  ciphertextValidityProofOffset: i8,
  rangeProofOffset: i8,
};

const MINT_OR_BURN = [
  'account',
  'mint',
  '=instructionsSysvar',
  'equalityProof?',
  'ciphertextValidityProof?',
  'rangeProof?',
  'authority',
  '...signers',
] as const;

export const CONFIDENTIAL_INSTRUCTIONS = {
  initializeConfidentialTransferMint: instruction([27, 0], MINT, {
    authority: addressOrZero,
    autoApproveNewAccounts: bool,
    auditorElGamalKey: bytesOrZero(32),
  }),
  updateConfidentialTransferMint: instruction([27, 1], MINT_BY_AUTHORITY, {
    autoApproveNewAccounts: bool,
    auditorElGamalKey: bytesOrZero(32),
  }),
  /** The proof is the instructions sysvar, or the account of a verified proof. */
  configureConfidentialTransferAccount: instruction(
    [27, 2],
    ['account', 'mint', 'proof', 'authority', '...signers'],
    {
      decryptableZeroBalance: decryptableBalance,
      maximumPendingBalanceCreditCounter: u64,
      proofOffset: i8,
    },
  ),
  approveConfidentialTransferAccount: instruction(
    [27, 3],
    ['account', 'mint', 'authority', '...signers'],
  ),
  emptyConfidentialTransferAccount: instruction(
    [27, 4],
    ['account', 'proof', 'authority', '...signers'],
    { proofOffset: i8 },
  ),
  confidentialDeposit: instruction([27, 5], ['account', 'mint', 'authority', '...signers'], {
    amount: u64,
    decimals: u8,
  }),
  confidentialWithdraw: instruction(
    [27, 6],
    [
      'account',
      'mint',
      '=instructionsSysvar',
      'equalityProof?',
      'rangeProof?',
      'authority',
      '...signers',
    ],
    {
      amount: u64,
      decimals: u8,
      newDecryptableAvailableBalance: decryptableBalance,
      equalityProofOffset: i8,
      rangeProofOffset: i8,
    },
    byOffsets,
  ),
  confidentialTransfer: instruction(
    [27, 7],
    [
      'source',
      'mint',
      'destination',
      '=instructionsSysvar',
      'equalityProof?',
      'ciphertextValidityProof?',
      'rangeProof?',
      'authority',
      '...signers',
    ],
    {
      newDecryptableAvailableBalance: decryptableBalance,
      ...auditedAmounts,
      ...mintBurnProofs,
    },
    byOffsets,
  ),
  applyConfidentialPendingBalance: instruction([27, 8], ACCOUNT_BY_OWNER, {
    expectedPendingBalanceCreditCounter: u64,
    newDecryptableAvailableBalance: decryptableBalance,
  }),
  enableConfidentialCredits: instruction([27, 9], ACCOUNT_BY_OWNER),
  disableConfidentialCredits: instruction([27, 10], ACCOUNT_BY_OWNER),
  enableNonConfidentialCredits: instruction([27, 11], ACCOUNT_BY_OWNER),
  disableNonConfidentialCredits: instruction([27, 12], ACCOUNT_BY_OWNER),
  confidentialTransferWithFee: instruction(
    [27, 13],
    [
      'source',
      'mint',
      'destination',
      '=instructionsSysvar',
      'equalityProof?',
      'transferAmountCiphertextValidityProof?',
      'feeSigmaProof?',
      'feeCiphertextValidityProof?',
      'rangeProof?',
      'authority',
      '...signers',
    ],
    {
      newDecryptableAvailableBalance: decryptableBalance,
      ...auditedAmounts,
      equalityProofOffset: i8,
      transferAmountCiphertextValidityProofOffset: i8,
      feeSigmaProofOffset: i8,
      feeCiphertextValidityProofOffset: i8,
      rangeProofOffset: i8,
    },
    byOffsets,
  ),
  configureConfidentialTransferAccountWithRegistry: instruction(
    [27, 14],
    ['account', 'mint', 'elGamalRegistry', 'payer?', 'systemProgram?'],
  ),

  initializeConfidentialTransferFee: instruction([37, 0], MINT, {
    authority: addressOrZero,
    withdrawWithheldElGamalKey: elGamalKey,
  }),
  withdrawConfidentialWithheldTokensFromMint: instruction(
    [37, 1],
    ['mint', 'feeReceiver', 'proof', 'authority', '...signers'],
    { proofOffset: i8, newDecryptableAvailableBalance: decryptableBalance },
  ),
  withdrawConfidentialWithheldTokensFromAccounts: instruction(
    [37, 2],
    ['mint', 'feeReceiver', 'proof', 'authority', '...signers', '...sources'],
    { accountCount: u8, proofOffset: i8, newDecryptableAvailableBalance: decryptableBalance },
    { lastCount: ({ accountCount }: { readonly accountCount: number }) => accountCount },
  ),
  harvestConfidentialWithheldTokensToMint: instruction([37, 3], ['mint', '...sources']),
  enableHarvestToMint: instruction([37, 4], MINT_BY_AUTHORITY),
  disableHarvestToMint: instruction([37, 5], MINT_BY_AUTHORITY),

  initializeConfidentialMintBurn: instruction([42, 0], MINT, {
    supplyElGamalKey: elGamalKey,
    decryptableSupply: decryptableBalance,
  }),
  rotateSupplyElGamalKey: instruction([42, 1], ['mint', 'proof', 'authority', '...signers'], {
    newSupplyElGamalKey: elGamalKey,
    proofOffset: i8,
  }),
  updateDecryptableSupply: instruction([42, 2], MINT_BY_AUTHORITY, {
    newDecryptableSupply: decryptableBalance,
  }),
  confidentialMint: instruction(
    [42, 3],
    MINT_OR_BURN,
    { newDecryptableSupply: decryptableBalance, ...auditedAmounts, ...mintBurnProofs },
    byOffsets,
  ),
  confidentialBurn: instruction(
    [42, 4],
    MINT_OR_BURN,
    { newDecryptableAvailableBalance: decryptableBalance, ...auditedAmounts, ...mintBurnProofs },
    byOffsets,
  ),
  applyConfidentialPendingBurn: instruction([42, 5], MINT_BY_AUTHORITY),
} as const;
