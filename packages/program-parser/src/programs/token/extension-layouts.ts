// The table of Token-2022's extensions: number, who holds it, fields. A new extension is one entry.
// Source: spl-token-2022-interface `extension::ExtensionType` and the Pod struct of each extension;
// spl-token-metadata-interface and spl-token-group-interface for types 19, 21 and 23.
import {
  address,
  addressOrZero,
  blob,
  blobOrZero,
  bool,
  type Codec,
  enumU8,
  i16,
  i64,
  list,
  struct,
  text,
  u16,
  u64,
  type ValueOf,
} from '../../bytes/codec.ts';
import { TOKEN_ACCOUNT_STATES } from './token-account.ts';

export type Holder = 'mint' | 'account';

export interface ExtensionLayout<Fields = unknown> {
  /** The program's number of the type. */
  readonly number: number;
  readonly holder: Holder;
  readonly fields: Codec<Fields>;
  /** A size from before the layout's last change; such an entry is kept as bytes. */
  readonly legacySizeBytes?: number;
}

const onMint = <Fields>(number: number, fields: Codec<Fields>): ExtensionLayout<Fields> => ({
  number,
  holder: 'mint',
  fields,
});

const onAccount = <Fields>(number: number, fields: Codec<Fields>): ExtensionLayout<Fields> => ({
  number,
  holder: 'account',
  fields,
});

const nothing = struct({});
const elGamalKey = blob(32);
const elGamalCiphertext = blob(64);
/** AES-GCM-SIV: nonce 12, ciphertext 8, tag 16. */
const decryptableBalance = blob(36);

/** Basis points of the amount, at most `maximumFee` base units, from `epoch` on. */
const transferFee = struct({ epoch: u64, maximumFee: u64, feeBasisPoints: u16 });

/** A factor that the program accepts: positive and normal, so that it also keeps its bits. */
const multiplier: Codec<number> = {
  read(reader) {
    const value = reader.f64();
    if (!(value >= 2 ** -1022 && value < Infinity)) reader.fail('OUT_OF_RANGE', reader.offset - 8);
    return value;
  },
  write: (writer, value) => writer.f64(value),
};

export const EXTENSION_LAYOUTS = {
  transferFeeConfig: onMint(
    1,
    struct({
      feeConfigAuthority: addressOrZero,
      withdrawWithheldAuthority: addressOrZero,
      withheldAmount: u64,
      /** Holds before the epoch of `newerFee`. */
      olderFee: transferFee,
      newerFee: transferFee,
    }),
  ),
  transferFeeAmount: onAccount(2, struct({ withheldAmount: u64 })),
  mintCloseAuthority: onMint(3, struct({ closeAuthority: addressOrZero })),
  confidentialTransferMint: onMint(
    4,
    struct({
      authority: addressOrZero,
      autoApproveNewAccounts: bool,
      auditorElGamalKey: blobOrZero(32),
    }),
  ),
  confidentialTransferAccount: onAccount(
    5,
    struct({
      approved: bool,
      elGamalKey,
      pendingBalanceLow: elGamalCiphertext,
      pendingBalanceHigh: elGamalCiphertext,
      availableBalance: elGamalCiphertext,
      decryptableAvailableBalance: decryptableBalance,
      allowConfidentialCredits: bool,
      allowNonConfidentialCredits: bool,
      pendingBalanceCreditCounter: u64,
      maximumPendingBalanceCreditCounter: u64,
      expectedPendingBalanceCreditCounter: u64,
      actualPendingBalanceCreditCounter: u64,
    }),
  ),
  defaultAccountState: onMint(6, struct({ state: enumU8(TOKEN_ACCOUNT_STATES) })),
  immutableOwner: onAccount(7, nothing),
  memoTransfer: onAccount(8, struct({ requireIncomingTransferMemos: bool })),
  nonTransferable: onMint(9, nothing),
  interestBearingConfig: onMint(
    10,
    struct({
      rateAuthority: addressOrZero,
      initializedAtSeconds: i64,
      preUpdateAverageRateBasisPoints: i16,
      lastUpdatedAtSeconds: i64,
      currentRateBasisPoints: i16,
    }),
  ),
  cpiGuard: onAccount(11, struct({ lockCpi: bool })),
  permanentDelegate: onMint(12, struct({ delegate: addressOrZero })),
  nonTransferableAccount: onAccount(13, nothing),
  transferHook: onMint(14, struct({ authority: addressOrZero, hookProgram: addressOrZero })),
  transferHookAccount: onAccount(15, struct({ transferring: bool })),
  confidentialTransferFeeConfig: onMint(
    16,
    struct({
      authority: addressOrZero,
      withdrawWithheldElGamalKey: elGamalKey,
      harvestToMintEnabled: bool,
      withheldAmount: elGamalCiphertext,
    }),
  ),
  confidentialTransferFeeAmount: onAccount(17, struct({ withheldAmount: elGamalCiphertext })),
  metadataPointer: onMint(18, struct({ authority: addressOrZero, metadata: addressOrZero })),
  tokenMetadata: onMint(
    19,
    struct({
      updateAuthority: addressOrZero,
      mint: address,
      name: text,
      symbol: text,
      uri: text,
      /** In the order of the data. Two empty texts take 8 bytes. */
      additionalMetadata: list(struct({ key: text, value: text }), { itemBytesMin: 8 }),
    }),
  ),
  groupPointer: onMint(20, struct({ authority: addressOrZero, group: addressOrZero })),
  tokenGroup: {
    ...onMint(
      21,
      struct({ updateAuthority: addressOrZero, mint: address, size: u64, sizeMax: u64 }),
    ),
    // Its two sizes were u32 once; test validators still hold such mints.
    legacySizeBytes: 72,
  },
  groupMemberPointer: onMint(22, struct({ authority: addressOrZero, member: addressOrZero })),
  tokenGroupMember: {
    ...onMint(23, struct({ mint: address, group: address, memberNumber: u64 })),
    // Its number was a u32 once.
    legacySizeBytes: 68,
  },
  confidentialMintBurn: onMint(
    24,
    struct({
      confidentialSupply: elGamalCiphertext,
      decryptableSupply: decryptableBalance,
      supplyElGamalKey: elGamalKey,
      pendingBurn: elGamalCiphertext,
    }),
  ),
  scaledUiAmountConfig: onMint(
    25,
    struct({
      authority: addressOrZero,
      multiplier,
      newMultiplierFromSeconds: i64,
      newMultiplier: multiplier,
    }),
  ),
  pausable: onMint(26, struct({ authority: addressOrZero, paused: bool })),
  pausableAccount: onAccount(27, nothing),
  permissionedBurn: onMint(28, struct({ authority: addressOrZero })),
} as const;

type Layouts = typeof EXTENSION_LAYOUTS;

/** Each entry of the table as `{ type, …fields }`. */
export type KnownExtension = {
  [Type in keyof Layouts]: { readonly type: Type } & ValueOf<Layouts[Type]['fields']>;
}[keyof Layouts];
