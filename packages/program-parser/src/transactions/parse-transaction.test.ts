import { createHash } from 'node:crypto';
import { type Address, addressFromBytes, type CompiledInstruction } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { tokenBalanceChanges } from './balance-changes.ts';
import { type InstructionTable, tagBytes, WELL_KNOWN } from './instruction-table.ts';
import { INSTRUCTION_TABLES } from './instruction-tables.ts';
import { parseInstruction } from './parse-instruction.ts';
import { eachInstruction, parseInstructions } from './parse-instructions.ts';
import { keyFlags } from './parse-transaction.ts';

const a = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const TABLES: readonly InstructionTable[] = INSTRUCTION_TABLES;
const SYSTEM = '11111111111111111111111111111111' as Address;

const compiled = (
  data: Uint8Array,
  stackHeight: number | null = 1,
  accountIndices: readonly number[] = [],
): CompiledInstruction => ({ programIdIndex: 0, accountIndices, data, stackHeight });

const parse = (programId: Address, data: Uint8Array, accounts: readonly Address[]) =>
  parseInstruction(
    compiled(
      data,
      1,
      accounts.map((_, index) => index + 1),
    ),
    [programId, ...accounts],
    { index: 0, inner: [] },
  );

describe('an instruction', () => {
  it('never throws, whatever the bytes and the accounts', () => {
    const rows = TABLES.flatMap(({ programIds, tagWidth, instructions }) =>
      programIds.flatMap((programId) =>
        Object.values(instructions).map(({ tag }) => ({
          programId,
          start: tag === null ? [] : tagBytes(tag, tagWidth),
        })),
      ),
    );
    const well = Object.values(WELL_KNOWN);
    const account = fc.oneof(fc.nat(255).map(a), fc.constantFrom(...well));
    fc.assert(
      fc.property(
        fc.constantFrom(...rows),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(account, { maxLength: 14 }),
        fc.nat(20),
        ({ programId, start }, rest, accounts, beyond) => {
          const data = Uint8Array.from([...start, ...rest]);
          const read = parse(programId, data, accounts);
          if (read.kind === 'parsed') {
            expect(read.roles).toHaveLength(accounts.length);
            expect(read.unreadBytes).toBeLessThanOrEqual(data.length);
          } else expect(read.offset).toBeLessThanOrEqual(data.length);
          const lost = parseInstruction(
            compiled(data, 1, [accounts.length + 1 + beyond]),
            [programId, ...accounts],
            { index: 0, inner: [] },
          );
          expect(lost.kind === 'raw' && lost.accounts[0]).toBe(null);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is raw with its reason and offset where its bytes end too early', () => {
    const data = Uint8Array.from([2, 0, 0, 0, 1, 2, 3]);
    expect(parse(SYSTEM, data, [a(1), a(2)])).toMatchObject({
      kind: 'raw',
      reason: 'TRUNCATED',
      offset: 4,
      accounts: [a(1), a(2)],
    });
  });

  it('is raw where accounts are missing, the tag is new or the program is not known', () => {
    const transfer = Uint8Array.from([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(parse(SYSTEM, transfer, [a(1)])).toMatchObject({ reason: 'MISSING_ACCOUNTS' });
    expect(parse(SYSTEM, Uint8Array.of(99, 0, 0, 0), [])).toMatchObject({
      reason: 'UNKNOWN_INSTRUCTION',
    });
    expect(parse(a(9), transfer, [])).toMatchObject({ reason: 'UNKNOWN_PROGRAM' });
  });

  it('keeps accounts beyond its roles without one, and counts bytes beyond its fields', () => {
    const transfer = Uint8Array.from([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 7]);
    expect(parse(SYSTEM, transfer, [a(1), a(2), a(3)])).toMatchObject({
      kind: 'parsed',
      name: 'transfer',
      roles: ['source', 'destination', null],
      unreadBytes: 2,
    });
  });
});

describe('data that lies', () => {
  const VOTE = 'Vote111111111111111111111111111111111111111' as Address;
  const compactUpdate = [12, 0, 0, 0, ...new Uint8Array(8)];

  it('by a number of more than 64 bits is out of range', () => {
    const data = Uint8Array.from([...compactUpdate, 1, ...new Uint8Array(9).fill(255), 2, 1]);
    expect(parse(VOTE, data, [a(1), a(2)])).toMatchObject({ reason: 'OUT_OF_RANGE', offset: 13 });
  });

  it('by a count of more items than there are bytes is cut at the count', () => {
    const data = Uint8Array.from([...compactUpdate, 255, 255, 3, 1, 1]);
    expect(parse(VOTE, data, [a(1), a(2)])).toMatchObject({ reason: 'TRUNCATED', offset: 12 });
  });

  it('by a batch in a batch stays as it is', () => {
    const token = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
    const batch = parse(token, Uint8Array.from([255, 1, 3, 255, 0, 0]), [a(1)]);
    expect(batch).toMatchObject({
      kind: 'parsed',
      inner: [{ kind: 'raw', reason: 'UNKNOWN_INSTRUCTION', accounts: [a(1)], inner: [] }],
    });
  });
});

describe('the tables', () => {
  it('give each tag to one instruction', () => {
    for (const { program, tagWidth, instructions } of TABLES) {
      const tags = Object.values(instructions).map(({ tag }) =>
        tag === null ? 'any' : tagBytes(tag, tagWidth).join(),
      );
      expect(new Set(tags).size, program).toBe(tags.length);
    }
  });

  it.each([
    ['initializeTokenMetadata', 'spl_token_metadata_interface:initialize_account'],
    ['updateTokenMetadataField', 'spl_token_metadata_interface:updating_field'],
    ['removeTokenMetadataKey', 'spl_token_metadata_interface:remove_key_ix'],
    ['updateTokenMetadataAuthority', 'spl_token_metadata_interface:update_the_authority'],
    ['emitTokenMetadata', 'spl_token_metadata_interface:emitter'],
    ['initializeTokenGroup', 'spl_token_group_interface:initialize_token_group'],
    ['updateTokenGroupMaxSize', 'spl_token_group_interface:update_group_max_size'],
    ['updateTokenGroupAuthority', 'spl_token_group_interface:update_authority'],
    ['initializeTokenGroupMember', 'spl_token_group_interface:initialize_member'],
  ])('tag %s by the hash of its name', (name, hashed) => {
    const tag = TABLES.find(({ program }) => program === 'token2022')?.instructions[name]?.tag;
    expect(tag).toEqual([...createHash('sha256').update(hashed).digest().subarray(0, 8)]);
  });

  it('read the votes that they write, the compact ones too', () => {
    const vote = TABLES.find(({ program }) => program === 'vote')?.instructions.towerSyncSwitch;
    const args = {
      root: null,
      lockoutOffsets: [
        { offset: 2n ** 64n - 1n, confirmationCount: 31 },
        { offset: 127n, confirmationCount: 1 },
        { offset: 128n, confirmationCount: 1 },
      ],
      hash: a(3),
      timestamp: -1n,
      blockId: a(4),
      switchProofHash: a(5),
    };
    const writer = new ByteWriter();
    writer.bytes(Uint8Array.from([15, 0, 0, 0]));
    for (const [name, codec] of Object.entries(vote?.fields ?? {})) {
      codec.write(writer, args[name as keyof typeof args]);
    }
    const data = writer.finish(writer.offset, []);
    const read = parse('Vote111111111111111111111111111111111111111' as Address, data, [
      a(1),
      a(2),
    ]);
    expect(read).toMatchObject({ kind: 'parsed', name: 'towerSyncSwitch', arguments: args });
  });
});

describe('inner instructions', () => {
  const record = (heights: readonly (number | null)[]) => ({
    accountKeys: [SYSTEM],
    instructions: [compiled(Uint8Array.of(9)), compiled(Uint8Array.of(8))],
    innerInstructions: [
      {
        index: 1,
        instructions: heights.map((height, index) => compiled(Uint8Array.of(index), height)),
      },
    ],
  });
  const shape = (nodes: ReturnType<typeof parseInstructions>): unknown =>
    (nodes ?? []).map(({ data, index, inner }) => [data[0], index, shape(inner)]);

  it('nest by stack height', () => {
    expect(shape(parseInstructions(record([2, 3, 4, 3, 2])))).toEqual([
      [9, 0, []],
      [
        8,
        1,
        [
          [
            0,
            0,
            [
              [1, 0, [[2, 0, []]]],
              [3, 1, []],
            ],
          ],
          [4, 1, []],
        ],
      ],
    ]);
  });

  it('stand one level deep where the source states no heights', () => {
    expect(shape(parseInstructions(record([null, null])))).toEqual([
      [9, 0, []],
      [
        8,
        1,
        [
          [0, 0, []],
          [1, 1, []],
        ],
      ],
    ]);
  });

  it('nest no deeper than the stack of whoever reads them, whatever a source states', () => {
    const heights = Array.from({ length: 50_000 }, (_, index) => index + 2);
    const all = [...eachInstruction(parseInstructions(record(heights)) ?? [])];
    expect(all).toHaveLength(50_002);
  });

  it('are all kept, once and in order, whatever heights a source states', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(40)), { maxLength: 80 }), (heights) => {
        const all = [...eachInstruction(parseInstructions(record(heights)) ?? [])];
        expect(all.map(({ data }) => data[0])).toEqual([9, 8, ...heights.map((_, index) => index)]);
      }),
    );
  });
});

describe('token balance changes', () => {
  const balance = (accountIndex: number, amount: bigint, mint = a(7)) => ({
    accountIndex,
    mint,
    owner: a(8),
    amount,
    decimals: 6,
  });

  it('are post minus pre, with the side that is absent as none', () => {
    const changes = tokenBalanceChanges({
      accountKeys: [a(1), a(2), a(3)],
      preTokenBalances: [balance(2, 5n), balance(0, 9n)],
      postTokenBalances: [balance(1, 4n), balance(0, 2n)],
    });
    expect(
      changes?.map(({ address, preAmount, postAmount, change }) => [
        address,
        preAmount,
        postAmount,
        change,
      ]),
    ).toEqual([
      [a(1), 9n, 2n, -7n],
      [a(2), null, 4n, 4n],
      [a(3), 5n, null, -5n],
    ]);
  });

  it('are two where an account was made again for another mint', () => {
    const changes = tokenBalanceChanges({
      accountKeys: [a(1)],
      preTokenBalances: [balance(0, 5n, a(6))],
      postTokenBalances: [balance(0, 4n)],
    });
    expect(changes?.map(({ mint, change }) => [mint, change])).toEqual([
      [a(6), -5n],
      [a(7), 4n],
    ]);
  });
});

describe('the flags of a key', () => {
  const keys = {
    accountKeys: [1, 2, 3, 4, 5].map(a),
    header: { requiredSignatures: 2, readonlySigned: 1, readonlyUnsigned: 2 },
    version: 'legacy' as const,
  };

  it('follow from the header', () => {
    expect([0, 1, 2, 3, 4].map((index) => keyFlags(keys, index))).toEqual([
      { isSigner: true, isWritable: true },
      { isSigner: true, isWritable: false },
      { isSigner: false, isWritable: true },
      { isSigner: false, isWritable: false },
      { isSigner: false, isWritable: false },
    ]);
  });

  it('are not guessed for keys that a lookup table may have loaded', () => {
    expect(keyFlags({ ...keys, version: 0 }, 4)).toEqual({ isSigner: false, isWritable: null });
    expect(keyFlags({ ...keys, header: null }, 0)).toEqual({ isSigner: null, isWritable: null });
  });
});
