// Instructions, calls and changes of a transaction through the front door.
import { readFileSync } from 'node:fs';
import {
  type Address,
  addressFromBytes,
  parseSlot,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import { parse, validate } from 'graphql/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const signature = signatureFromBytes(new Uint8Array(64).fill(9));
const SYSTEM = '11111111111111111111111111111111' as Address;
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const OTHER = address(7);

const amount = [7, 0, 0, 0, 0, 0, 0, 0];
const invoked = (stackHeight: number) => ({
  programIdIndex: 4,
  accountIndices: [1, 2, 0],
  data: Uint8Array.from([3, ...amount]),
  stackHeight,
});

const RECORD: TransactionRecord = {
  signature,
  slot: parseSlot(900),
  blockTimeSeconds: null,
  blockIndex: 0,
  version: 'legacy',
  signatures: [signature],
  accountKeys: [address(1), address(2), address(3), SYSTEM, TOKEN, OTHER],
  header: { requiredSignatures: 1, readonlySigned: 0, readonlyUnsigned: 3 },
  recentBlockhash: null,
  instructions: [
    {
      programIdIndex: 3,
      accountIndices: [0, 1],
      data: Uint8Array.from([2, 0, 0, 0, ...amount]),
      stackHeight: 1,
    },
    { programIdIndex: 5, accountIndices: [1], data: Uint8Array.of(1, 2), stackHeight: 1 },
    { programIdIndex: 3, accountIndices: [0, 1], data: Uint8Array.of(2, 0, 0, 0), stackHeight: 1 },
  ],
  innerInstructions: [{ index: 1, instructions: [invoked(2), invoked(3)] }],
  feeLamports: 5_000n,
  succeeded: false,
  error: '{"InstructionError":[2,"InvalidInstructionData"]}',
  preBalancesLamports: [10n, 3n, 0n, 1n, 1n, 1n],
  postBalancesLamports: [4n, 10n, 0n, 1n, 1n, 1n],
  preTokenBalances: [],
  postTokenBalances: [
    { accountIndex: 1, mint: address(8), owner: address(1), amount: 7n, decimals: 2 },
  ],
  logs: [
    `Program ${OTHER} invoke [1]`,
    'Program log: hello',
    `Program ${TOKEN} invoke [2]`,
    `Program ${TOKEN} consumed 4645 of 180000 compute units`,
    `Program ${TOKEN} success`,
    `Program ${OTHER} failed: custom program error: 0x1`,
    'Log truncated',
  ],
  computeUnitsConsumed: 150n,
  returnData: { programId: OTHER, data: Uint8Array.of(255) },
};

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
  door.network.transactions.set(signature, RECORD);
});
afterAll(() => door.stop());

const ask = async (selection: string) => {
  const { data, errors } = await door.ask(
    `query($s: Signature!) { transaction(signature: $s) { ${selection} } }`,
    { s: signature },
  );
  expect(errors).toBeUndefined();
  return data.transaction;
};

describe('instructions', () => {
  it('are typed, with their accounts by role and in their order', async () => {
    const { instructions } = await ask(`instructions {
      index stackHeight programId programName name data(encoding: HEX)
      accounts { address role signer writable }
      parsed { __typename ... on SystemTransfer { source destination lamports } }
      raw { reason offset }
    }`);
    expect(instructions[0]).toEqual({
      index: 0,
      stackHeight: 1,
      programId: SYSTEM,
      programName: 'system',
      name: 'transfer',
      data: '020000000700000000000000',
      accounts: [
        { address: address(1), role: 'source', signer: true, writable: true },
        { address: address(2), role: 'destination', signer: false, writable: true },
      ],
      parsed: {
        __typename: 'SystemTransfer',
        source: address(1),
        destination: address(2),
        lamports: '7',
      },
      raw: null,
    });
  });

  it('that no table knows, or that do not parse, say why', async () => {
    const { instructions } = await ask(
      'instructions { name parsed { __typename } raw { reason message offset } }',
    );
    expect(instructions[1]).toEqual({
      name: null,
      parsed: null,
      raw: { reason: 'UNKNOWN_PROGRAM', message: 'No table knows the program.', offset: 0 },
    });
    expect(instructions[2].raw).toMatchObject({ reason: 'TRUNCATED', offset: 4 });
  });

  it('hold what they invoked, nested by stack height, or flat in the order of execution', async () => {
    const transfer = { parsed: { amount: '7', authority: address(1), signers: [] } };
    const selection = 'parsed { ... on TokenTransfer { amount authority signers } }';
    const nested = await ask(
      `instructions { innerInstructions { ${selection} innerInstructions { ${selection} } } }`,
    );
    expect(nested.instructions[1].innerInstructions).toEqual([
      { ...transfer, innerInstructions: [transfer] },
    ]);
    const flat = await ask('instructions(includeInner: true) { name stackHeight }');
    expect(flat.instructions.map((each: { stackHeight: number }) => each.stackHeight)).toEqual([
      1, 1, 2, 3, 1,
    ]);
  });

  it('link to the accounts of their programs', async () => {
    door.network.accounts.set(OTHER, {
      lamports: 1n,
      owner: SYSTEM,
      executable: true,
      data: new Uint8Array(0),
    });
    const { instructions } = await ask('instructions { program { address executable } }');
    expect(instructions[1].program).toEqual({ address: OTHER, executable: true });
  });
});

describe('the calls of a transaction', () => {
  it('tell lines, compute units and errors, nested or flat', async () => {
    const { invocations, logsTruncated } = await ask(`logsTruncated invocations {
      programId depth outcome error computeUnits lines { kind text fields }
      invocations { programId outcome computeUnits computeUnitsLimit }
    }`);
    expect(invocations).toEqual([
      {
        programId: OTHER,
        depth: 1,
        outcome: 'FAILED',
        error: 'custom program error: 0x1',
        computeUnits: null,
        lines: [{ kind: 'LOG', text: 'hello', fields: null }],
        invocations: [
          {
            programId: TOKEN,
            outcome: 'SUCCEEDED',
            computeUnits: '4645',
            computeUnitsLimit: '180000',
          },
        ],
      },
    ]);
    expect(logsTruncated).toBe(true);
    const flat = await ask('invocations(includeInner: true) { depth }');
    expect(flat.invocations).toEqual([{ depth: 1 }, { depth: 2 }]);
  });
});

describe('what a transaction changed and returned', () => {
  it('is post minus pre, with the fee payer, the signers and the return data', async () => {
    const transaction = await ask(`feePayer signers returnData { programId data(encoding: HEX) }
      balanceChanges { changeLamports } tokenBalanceChanges { change preAmount postAmount }`);
    expect(transaction).toEqual({
      feePayer: address(1),
      signers: [address(1)],
      returnData: { programId: OTHER, data: 'ff' },
      balanceChanges: ['-6', '7', '0', '0', '0', '0'].map((changeLamports) => ({
        changeLamports,
      })),
      tokenBalanceChanges: [{ change: '7', preAmount: null, postAmount: '7' }],
    });
  });
});

describe('links of every account of many transactions', () => {
  it('are priced by the accounts that a transaction may have', async () => {
    const links = Array.from(
      { length: 16 },
      (_, index) =>
        `t${index}: transaction(signature: $s) { instructions { program { address } } }`,
    ).join(' ');
    const { errors } = await door.ask(`query($s: Signature!) { ${links} }`, { s: signature });
    expect(errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
  });
});

describe('the page on transactions', () => {
  const page = readFileSync(new URL('../../docs/pages/transactions.md', import.meta.url), 'utf8');
  const queries = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, query]) => query ?? '');

  it('has queries that are answered as they stand', async () => {
    expect(queries).toHaveLength(3);
    for (const query of queries) {
      expect(validate(schema, parse(query))).toEqual([]);
      const { data, errors } = await door.ask(query, { signature });
      expect(errors).toBeUndefined();
      expect(data.transaction).not.toBeNull();
    }
  });
});
