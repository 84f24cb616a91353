// The canonical body of a transaction: every field of TransactionRecord, in the order below.
//
//   transaction = null | [signature bstr64, slot, blockTime | null, blockIndex | null,
//     version (-1 = legacy), [signature …], [key bstr32 …], header | null, blockhash | null,
//     [instruction …] | null, [[outer index, [instruction …]] …] | null, fee | null,
//     succeeded | null, error tstr | null, [pre …] | null, [post …] | null,
//     [token balance …] | null, [token balance …] | null, [log …] | null, compute units | null,
//     [program bstr32, data bstr] | null]
//   header        = [required, read-only signed, read-only unsigned]
//   instruction   = [program index, [account index …], data bstr, stack height | null]
//   token balance = [account index, mint bstr32, owner bstr32 | null, amount, decimals]
import {
  ADDRESS_BYTES,
  addressBytes,
  addressFromBytes,
  blockhashFromBytes,
  type CompiledInstruction,
  type InnerInstructions,
  parseSlot,
  SIGNATURE_BYTES,
  signatureBytes,
  signatureFromBytes,
  type TokenBalance,
  type TransactionRecord,
} from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';

const FIELDS = 21;
const VERSION_LEGACY = -1n;

function writeNullable<Value>(
  writer: CborWriter,
  value: Value | null,
  write: (value: Value) => void,
): void {
  if (value === null) writer.null();
  else write(value);
}

function writeList<Item>(
  writer: CborWriter,
  items: readonly Item[],
  write: (item: Item) => void,
): void {
  writer.array(items.length);
  for (const item of items) write(item);
}

function writeInstruction(writer: CborWriter, instruction: CompiledInstruction): void {
  writer.array(4).unsigned(instruction.programIdIndex);
  writeList(writer, instruction.accountIndices, (index) => writer.unsigned(index));
  writer.bytes(instruction.data);
  writeNullable(writer, instruction.stackHeight, (height) => writer.unsigned(height));
}

function writeTokenBalance(writer: CborWriter, balance: TokenBalance): void {
  writer.array(5).unsigned(balance.accountIndex).bytes(addressBytes(balance.mint));
  writeNullable(writer, balance.owner, (owner) => writer.bytes(addressBytes(owner)));
  writer.integer(balance.amount).unsigned(balance.decimals);
}

export function encodeTransactionItem(record: TransactionRecord | null): Uint8Array {
  if (record === null) return new CborWriter(1).null().finish();
  const writer = new CborWriter(2_048)
    .array(FIELDS)
    .bytes(signatureBytes(record.signature))
    .integer(record.slot);
  writeNullable(writer, record.blockTimeSeconds, (seconds) => writer.integer(seconds));
  writeNullable(writer, record.blockIndex, (index) => writer.unsigned(index));
  writer.integer(record.version === 'legacy' ? VERSION_LEGACY : BigInt(record.version));
  writeList(writer, record.signatures, (signature) => writer.bytes(signatureBytes(signature)));
  writeList(writer, record.accountKeys, (key) => writer.bytes(addressBytes(key)));
  writeNullable(writer, record.header, (header) =>
    writer
      .array(3)
      .unsigned(header.requiredSignatures)
      .unsigned(header.readonlySigned)
      .unsigned(header.readonlyUnsigned),
  );
  writeNullable(writer, record.recentBlockhash, (hash) => writer.bytes(addressBytes(hash)));
  writeNullable(writer, record.instructions, (list) =>
    writeList(writer, list, (instruction) => writeInstruction(writer, instruction)),
  );
  writeNullable(writer, record.innerInstructions, (groups) =>
    writeList(writer, groups, (group) => {
      writer.array(2).unsigned(group.index);
      writeList(writer, group.instructions, (inner) => writeInstruction(writer, inner));
    }),
  );
  writeNullable(writer, record.feeLamports, (fee) => writer.integer(fee));
  writeNullable(writer, record.succeeded, (succeeded) => writer.boolean(succeeded));
  writeNullable(writer, record.error, (error) => writer.text(error));
  for (const balances of [record.preBalancesLamports, record.postBalancesLamports]) {
    writeNullable(writer, balances, (list) =>
      writeList(writer, list, (each) => writer.integer(each)),
    );
  }
  for (const balances of [record.preTokenBalances, record.postTokenBalances]) {
    writeNullable(writer, balances, (list) =>
      writeList(writer, list, (each) => writeTokenBalance(writer, each)),
    );
  }
  writeNullable(writer, record.logs, (logs) => writeList(writer, logs, (log) => writer.text(log)));
  writeNullable(writer, record.computeUnitsConsumed, (units) => writer.integer(units));
  writeNullable(writer, record.returnData, ({ programId, data }) =>
    writer.array(2).bytes(addressBytes(programId)).bytes(data),
  );
  return writer.finish();
}

function readList<Item>(reader: CborReader, read: () => Item): Item[] {
  const count = reader.array();
  const items: Item[] = [];
  for (let index = 0; index < count; index += 1) items.push(read());
  return items;
}

function readInstruction(reader: CborReader): CompiledInstruction {
  reader.array(4);
  return {
    programIdIndex: reader.unsigned(),
    accountIndices: readList(reader, () => reader.unsigned()),
    data: reader.bytes(),
    stackHeight: reader.nullable(() => reader.unsigned()),
  };
}

function readInner(reader: CborReader): InnerInstructions {
  reader.array(2);
  return {
    index: reader.unsigned(),
    instructions: readList(reader, () => readInstruction(reader)),
  };
}

function readTokenBalance(reader: CborReader): TokenBalance {
  reader.array(5);
  return {
    accountIndex: reader.unsigned(),
    mint: addressFromBytes(reader.bytes(ADDRESS_BYTES)),
    owner: reader.nullable(() => addressFromBytes(reader.bytes(ADDRESS_BYTES))),
    amount: reader.u64(),
    decimals: reader.unsigned(),
  };
}

function readVersion(reader: CborReader): 'legacy' | number {
  const version = reader.integer();
  if (version === VERSION_LEGACY) return 'legacy';
  if (version < 0n || version > 127n) throw reader.fail('an impossible transaction version');
  return Number(version);
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeTransactionItem(item: Uint8Array): TransactionRecord | null {
  const reader = new CborReader(item);
  if (reader.isNull()) {
    reader.end();
    return null;
  }
  reader.array(FIELDS);
  const readSignature = () => signatureFromBytes(reader.bytes(SIGNATURE_BYTES));
  const record: TransactionRecord = {
    signature: readSignature(),
    slot: parseSlot(reader.u64()),
    blockTimeSeconds: reader.nullable(() => reader.integer()),
    blockIndex: reader.nullable(() => reader.unsigned()),
    version: readVersion(reader),
    signatures: readList(reader, readSignature),
    accountKeys: readList(reader, () => addressFromBytes(reader.bytes(ADDRESS_BYTES))),
    header: reader.nullable(() => {
      reader.array(3);
      return {
        requiredSignatures: reader.unsigned(),
        readonlySigned: reader.unsigned(),
        readonlyUnsigned: reader.unsigned(),
      };
    }),
    recentBlockhash: reader.nullable(() => blockhashFromBytes(reader.bytes(ADDRESS_BYTES))),
    instructions: reader.nullable(() => readList(reader, () => readInstruction(reader))),
    innerInstructions: reader.nullable(() => readList(reader, () => readInner(reader))),
    feeLamports: reader.nullable(() => reader.u64()),
    succeeded: reader.nullable(() => reader.boolean()),
    error: reader.nullable(() => reader.text()),
    preBalancesLamports: reader.nullable(() => readList(reader, () => reader.u64())),
    postBalancesLamports: reader.nullable(() => readList(reader, () => reader.u64())),
    preTokenBalances: reader.nullable(() => readList(reader, () => readTokenBalance(reader))),
    postTokenBalances: reader.nullable(() => readList(reader, () => readTokenBalance(reader))),
    logs: reader.nullable(() => readList(reader, () => reader.text())),
    computeUnitsConsumed: reader.nullable(() => reader.u64()),
    returnData: reader.nullable(() => {
      reader.array(2);
      return {
        programId: addressFromBytes(reader.bytes(ADDRESS_BYTES)),
        data: reader.bytes(),
      };
    }),
  };
  reader.end();
  return record;
}
