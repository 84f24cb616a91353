// RPC's transactions (getBlock entries, getTransaction results) in the encodings json, base64,
// base58 and jsonParsed, and Plerkle's geyser views, as TransactionRecord. What an encoding does not
// state stays null.
import {
  type Address,
  type Blockhash,
  type CompiledInstruction,
  type InnerInstructions,
  OUTER_STACK_HEIGHT,
  type Signature,
  type Slot,
  type TokenBalance,
  type TransactionRecord,
} from '@streamsync/domain';
import { base58Of } from './base58.ts';
import {
  addressOf,
  base64Of,
  blockhashOf,
  type JsonObject,
  listOf,
  malformed,
  nullableOf,
  objectOf,
  secondsOf,
  signatureOf,
  slotOf,
  textOf,
  u64Of,
  wholeOf,
} from './guards.ts';
import { readWireTransaction } from './wire-transaction.ts';

/** What the block says of the transaction. */
export interface TransactionPlace {
  readonly slot: Slot;
  readonly blockTimeSeconds: bigint | null;
  /** Null where only the transaction is known. */
  readonly blockIndex: number | null;
}

type Message = Pick<
  TransactionRecord,
  'signatures' | 'header' | 'recentBlockhash' | 'instructions'
> & {
  readonly version: 'legacy' | number | null;
  /** Keys of the message itself. */
  readonly keys: readonly Address[];
  /** Whether `keys` has the loaded addresses already, and instructions name keys by address. */
  readonly isParsed: boolean;
};

/** @throws StreamSyncError SOURCE_FAILED with the field that is not of RPC's form */
export function readTransaction(json: unknown, place: TransactionPlace): TransactionRecord {
  const entry = objectOf(json, 'transaction');
  const message = readMessage(entry.transaction);
  const meta = nullableOf(entry.meta, 'meta', objectOf);
  const accountKeys = message.isParsed ? message.keys : withLoaded(message.keys, meta);
  const [signature] = message.signatures;
  if (signature === undefined) throw malformed('transaction', 'signed');
  return {
    ...place,
    signature,
    version: versionOf(entry.version ?? message.version),
    signatures: message.signatures,
    accountKeys,
    header: message.header,
    recentBlockhash: message.recentBlockhash,
    instructions: message.instructions,
    ...(meta === null ? NO_META : readMeta(meta, accountKeys)),
  };
}

/** The message's keys and those that lookup tables loaded, in the order of the balances. */
function withLoaded(keys: readonly Address[], meta: JsonObject | null): readonly Address[] {
  const loaded = nullableOf(meta?.loadedAddresses, 'loadedAddresses', objectOf);
  if (loaded === null) return keys;
  // Some tools write the loaded keys among the message's own: each key has one balance.
  const balances = meta?.preBalances;
  if (Array.isArray(balances) && balances.length === keys.length) return keys;
  return [
    ...keys,
    ...addressesOf(loaded.writable, 'loadedAddresses'),
    ...addressesOf(loaded.readonly, 'loadedAddresses'),
  ];
}

/** A getTransaction result, which states its own slot and time. */
export function readTransactionResult(json: unknown): TransactionRecord {
  const result = objectOf(json, 'transaction');
  return readTransaction(result, {
    slot: slotOf(result.slot, 'slot'),
    blockTimeSeconds: nullableOf(result.blockTime, 'blockTime', secondsOf),
    blockIndex: nullableOf(result.transactionIndex, 'transactionIndex', wholeOf),
  });
}

/** Whether a JSON object is Plerkle's view rather than RPC's result. */
export function isPlerkleView(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'seenAt' in json && 'isVote' in json;
}

/**
 * Plerkle's view of a transaction (its geyser plugin's TransactionInfo): keys, instructions and
 * logs, and neither balances nor status. It does not state the version, which is then 'legacy'.
 */
export function readPlerkleView(json: unknown): TransactionRecord {
  const view = objectOf(json, 'transaction');
  const accountKeys = addressesOf(view.accountKeys, 'accountKeys');
  const signature = signatureOf(view.signature, 'signature');
  return {
    slot: slotOf(view.slot, 'slot'),
    blockTimeSeconds: null,
    blockIndex: nullableOf(view.slotIndex, 'slotIndex', wholeOf),
    signature,
    version: 'legacy',
    signatures: [signature],
    accountKeys,
    header: null,
    recentBlockhash: null,
    instructions: readInstructions(view.instructions, accountKeys, 'outer'),
    ...NO_META,
    innerInstructions: nullableOf(view.innerInstructions, 'innerInstructions', (value) =>
      readInner(value, accountKeys),
    ),
    logs: nullableOf(view.logMessages, 'logMessages', textsOf),
  };
}

const NO_META = {
  innerInstructions: null,
  feeLamports: null,
  succeeded: null,
  error: null,
  preBalancesLamports: null,
  postBalancesLamports: null,
  preTokenBalances: null,
  postTokenBalances: null,
  logs: null,
  computeUnitsConsumed: null,
  returnData: null,
} as const;

function readMeta(meta: JsonObject, accountKeys: readonly Address[]) {
  const isErrorStated = meta.err !== undefined;
  return {
    innerInstructions: nullableOf(meta.innerInstructions, 'innerInstructions', (value) =>
      readInner(value, accountKeys),
    ),
    feeLamports: nullableOf(meta.fee, 'fee', u64Of),
    succeeded: isErrorStated ? meta.err === null : null,
    error: isErrorStated && meta.err !== null ? JSON.stringify(meta.err) : null,
    preBalancesLamports: nullableOf(meta.preBalances, 'preBalances', lamportsOf),
    postBalancesLamports: nullableOf(meta.postBalances, 'postBalances', lamportsOf),
    preTokenBalances: nullableOf(meta.preTokenBalances, 'preTokenBalances', tokenBalancesOf),
    postTokenBalances: nullableOf(meta.postTokenBalances, 'postTokenBalances', tokenBalancesOf),
    logs: nullableOf(meta.logMessages, 'logMessages', textsOf),
    computeUnitsConsumed: nullableOf(meta.computeUnitsConsumed, 'computeUnitsConsumed', u64Of),
    returnData: nullableOf(meta.returnData, 'returnData', returnDataOf),
  };
}

function readMessage(transaction: unknown): Message {
  if (Array.isArray(transaction) || typeof transaction === 'string') {
    const [data, encoding] = Array.isArray(transaction) ? transaction : [transaction, 'base58'];
    const bytes =
      encoding === 'base64'
        ? base64Of(data, 'transaction')
        : encoding === 'base58'
          ? Buffer.from(base58Of(data, 'transaction'))
          : null;
    if (bytes === null) throw malformed('transaction', 'in a known encoding');
    const { staticKeys: keys, ...wire } = readWireTransaction(bytes);
    return { ...wire, keys, isParsed: false };
  }
  const { signatures, message: body } = objectOf(transaction, 'transaction');
  const message = objectOf(body, 'message');
  const keys = listOf(message.accountKeys, 'accountKeys');
  const isParsed = typeof keys[0] === 'object';
  const addresses = keys.map((key) =>
    addressOf(isParsed ? objectOf(key, 'accountKeys').pubkey : key, 'accountKeys'),
  );
  return {
    version: null,
    signatures: listOf(signatures, 'signatures').map(
      (each): Signature => signatureOf(each, 'signatures'),
    ),
    keys: addresses,
    isParsed,
    header: isParsed ? null : readHeader(message.header),
    recentBlockhash: nullableOf(
      message.recentBlockhash,
      'recentBlockhash',
      blockhashOf,
    ) as Blockhash | null,
    instructions: readInstructions(message.instructions, addresses, 'outer'),
  };
}

function readHeader(value: unknown) {
  const header = objectOf(value, 'header');
  return {
    requiredSignatures: wholeOf(header.numRequiredSignatures, 'header'),
    readonlySigned: wholeOf(header.numReadonlySignedAccounts, 'header'),
    readonlyUnsigned: wholeOf(header.numReadonlyUnsignedAccounts, 'header'),
  };
}

/** 'legacy' also where nothing is said: RPC had no versions before 2022. */
function versionOf(value: unknown): 'legacy' | number {
  if (value === null || value === undefined || value === 'legacy') return 'legacy';
  const version = wholeOf(value, 'version');
  if (version > 127) throw malformed('version', 'below 128');
  return version;
}

/** Null when any instruction is shown only as its parsed meaning: its bytes are not stated. */
/** RPC's `[text, "base64"]` of a program's returned bytes; absent and null: nothing was returned. */
function returnDataOf(value: unknown, field: string): TransactionRecord['returnData'] {
  const returned = objectOf(value, field);
  const [text] = listOf(returned.data, field);
  return {
    programId: addressOf(returned.programId, field),
    data: Uint8Array.from(base64Of(text, field)),
  };
}

function readInstructions(
  value: unknown,
  keys: readonly Address[],
  level: 'outer' | 'inner',
): readonly CompiledInstruction[] | null {
  const instructions: CompiledInstruction[] = [];
  for (const each of listOf(value, 'instructions')) {
    const instruction = objectOf(each, 'instruction');
    if (instruction.data === undefined) return null;
    const data = base58Of(instruction.data, 'instruction data');
    // Some sources leave out what goes without saying; bodies must not differ by that.
    const stackHeight =
      level === 'outer'
        ? OUTER_STACK_HEIGHT
        : nullableOf(instruction.stackHeight, 'stackHeight', wholeOf);
    const accounts = listOf(instruction.accounts, 'instruction accounts');
    if (instruction.programIdIndex !== undefined) {
      instructions.push({
        programIdIndex: wholeOf(instruction.programIdIndex, 'programIdIndex'),
        accountIndices: accounts.map((index) => wholeOf(index, 'instruction accounts')),
        data,
        stackHeight,
      });
    } else {
      instructions.push({
        programIdIndex: indexOf(keys, instruction.programId),
        accountIndices: accounts.map((address) => indexOf(keys, address)),
        data,
        stackHeight,
      });
    }
  }
  return instructions;
}

function indexOf(keys: readonly Address[], address: unknown): number {
  const index = keys.indexOf(address as Address);
  if (index === -1) throw malformed('instruction', 'over the keys of its transaction');
  return index;
}

function readInner(value: unknown, keys: readonly Address[]): readonly InnerInstructions[] | null {
  const groups: InnerInstructions[] = [];
  for (const each of listOf(value, 'innerInstructions')) {
    const group = objectOf(each, 'innerInstructions');
    const instructions = readInstructions(group.instructions, keys, 'inner');
    if (instructions === null) return null;
    groups.push({ index: wholeOf(group.index, 'innerInstructions'), instructions });
  }
  return groups;
}

function lamportsOf(value: unknown, field: string): readonly bigint[] {
  return listOf(value, field).map((each) => u64Of(each, field));
}

function textsOf(value: unknown, field: string): readonly string[] {
  return listOf(value, field).map((each) => textOf(each, field));
}

function addressesOf(value: unknown, field: string): readonly Address[] {
  return listOf(value, field).map((each) => addressOf(each, field));
}

function tokenBalancesOf(value: unknown, field: string): readonly TokenBalance[] {
  return listOf(value, field).map((each) => {
    const balance = objectOf(each, field);
    const amount = objectOf(balance.uiTokenAmount, field);
    return {
      accountIndex: wholeOf(balance.accountIndex, field),
      mint: addressOf(balance.mint, field),
      // Converted protobuf has empty text where the block is older than the field.
      owner: balance.owner === '' ? null : nullableOf(balance.owner, field, addressOf),
      amount: u64Of(amount.amount, field),
      decimals: wholeOf(amount.decimals, field),
    };
  });
}
