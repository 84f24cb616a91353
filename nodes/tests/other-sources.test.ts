// What nodes may say where their source knows less than a complete stream: a polled provider, and
// folders. What is not covered is an error with a code, and never a null or an empty list.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, addressBytes, addressFromBytes, parseSignature } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import { encodeKeyArguments, encodePageArguments, type HeartbeatPin } from '@streamsync/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOperatorConfig } from './support/operator-config.ts';
import { OperatorUnderTest } from './support/operator-under-test.ts';
import { accountsAt, addressItem, listAt, transactionsAt } from './support/read-answers.ts';
import {
  type Running,
  startLocalnetProcess,
  type TemporaryFolder,
  temporaryFolder,
} from './support/run-command.ts';
import { SolanaRpc } from './support/solana-rpc.ts';
import { until } from './support/until.ts';

interface BlockJson {
  readonly transactions: readonly {
    readonly transaction: { readonly signatures: readonly string[] };
    readonly meta: { readonly fee: number };
  }[];
}

const nobody = addressFromBytes(new Uint8Array(32).fill(77));

let folder: TemporaryFolder;
let localnet: Running;
let rpc: SolanaRpc;
let demo: Record<'owner' | 'mint' | 'tokenAccount' | 'mint2022', Address>;

beforeAll(async () => {
  folder = temporaryFolder();
  localnet = await startLocalnetProcess('--slot-ms', '400');
  rpc = new SolanaRpc(localnet.ready.httpUrl as string);
  demo = localnet.ready.demo as typeof demo;
}, 60_000);

afterAll(async () => {
  await localnet?.stop();
  folder?.remove();
});

const codeOf = async (
  operator: OperatorUnderTest,
  name: string,
  operation: Parameters<OperatorUnderTest['items']>[1],
  pin: HeartbeatPin,
  item: Uint8Array,
): Promise<string> => {
  const result = await operator.node(name).call(operation, pin, item);
  return result.kind === 'failed' ? result.code : 'answered';
};

const firstPage = (key: Address): Uint8Array =>
  encodePageArguments({ key: addressBytes(key), after: null, limit: 10 });

describe('an operator that polls a provider', () => {
  let operator: OperatorUnderTest;
  let pin: HeartbeatPin;

  beforeAll(async () => {
    const own = join(folder.path, 'polled');
    mkdirSync(own);
    operator = await OperatorUnderTest.start(
      writeOperatorConfig(
        own,
        `kind = "rpc"
rpcUrl = "${localnet.ready.httpUrl as string}"
wsUrl = "${localnet.ready.wsUrl as string}"
programs = ["${SPL_TOKEN_PROGRAM}"]
addresses = ["${demo.owner}", "${nobody}"]
`,
      ),
    );
    pin = await operator.node('speed').pin();
  }, 60_000);
  afterAll(async () => {
    await operator?.stop();
  });

  it('says of its slots that they are POLLED', () => {
    expect(operator.node('speed').heartbeat?.provenance).toBe('POLLED');
  });

  it('answers the declared addresses, also where there is no account', async () => {
    const [owner, none] = await accountsAt(operator, pin, [demo.owner, nobody]);
    expect(owner?.lamports).toBeGreaterThan(0n);
    expect(none).toBeNull();
  });

  it('says NOT_COVERED of an address, a list or a program that it does not follow', async () => {
    const cachePin = await operator.node('cache').pin();
    expect(await codeOf(operator, 'speed', 'account.get', pin, addressItem(demo.mint2022))).toBe(
      'NOT_COVERED',
    );
    const code = (operation: 'tokenAccounts.byOwner' | 'programAccounts.byProgram', key: Address) =>
      codeOf(operator, 'cache', operation, cachePin, firstPage(key));
    // A holder's accounts may be of either token program, and only one of them is followed.
    expect(await code('tokenAccounts.byOwner', demo.owner)).toBe('NOT_COVERED');
    expect(await code('programAccounts.byProgram', TOKEN_2022_PROGRAM)).toBe('NOT_COVERED');
    expect(await code('programAccounts.byProgram', SPL_TOKEN_PROGRAM)).toBe('answered');
  });

  it('says HISTORY_NOT_COVERED of a transaction', async () => {
    const archivePin = await operator.node('archive').pin();
    const unknown = encodeKeyArguments(new Uint8Array(64).fill(7));
    expect(await codeOf(operator, 'archive', 'transaction.get', archivePin, unknown)).toBe(
      'HISTORY_NOT_COVERED',
    );
  });
});

describe('an operator that is fed folders', () => {
  let operator: OperatorUnderTest;
  let block: BlockJson;
  let slot: number;

  beforeAll(async () => {
    const own = join(folder.path, 'fed');
    for (const kind of ['accounts', 'blocks']) mkdirSync(join(own, kind), { recursive: true });
    const options = { commitment: 'confirmed', encoding: 'base64' };
    for (const address of [demo.owner, demo.tokenAccount]) {
      const { value } = await rpc.call<{ value: object }>('getAccountInfo', address, options);
      const file = join(own, 'accounts', `${address}.json`);
      writeFileSync(file, JSON.stringify({ pubkey: address, account: value }));
    }
    [slot, block] = await until('a block with transactions', async () => {
      const at = await rpc.call<number>('getSlot', options);
      const found = await rpc.call<BlockJson>('getBlock', at, {
        ...options,
        encoding: 'json',
        maxSupportedTransactionVersion: 0,
      });
      return found.transactions.length > 0 ? ([at, found] as const) : null;
    });
    writeFileSync(join(own, 'blocks', `${slot}.json`), JSON.stringify(block));
    operator = await OperatorUnderTest.start(
      writeOperatorConfig(own, 'kind = "folders"\naccounts = "accounts"\nblocks = "blocks"\n'),
    );
  }, 60_000);
  afterAll(async () => {
    await operator?.stop();
  });

  it('pins at the highest slot that was fed, and answers what was fed', async () => {
    const pin = await operator.pinAt('speed', BigInt(slot));
    expect(operator.node('speed').heartbeat?.provenance).toBe('FED');
    const [owner, tokenAccount] = await accountsAt(operator, pin, [demo.owner, demo.tokenAccount]);
    expect(owner?.lamports).toBeGreaterThan(0n);
    expect(tokenAccount?.owner).toBe(SPL_TOKEN_PROGRAM);
  });

  it('answers the transactions of the blocks that were fed', async () => {
    const pin = await operator.pinAt('archive', BigInt(slot));
    for (const { transaction, meta } of block.transactions.slice(0, 10)) {
      const signature = parseSignature(transaction.signatures[0] as string);
      const [record] = await transactionsAt(operator, pin, [signature]);
      expect(record).toMatchObject({ signature, feeLamports: BigInt(meta.fee) });
    }
  });

  it('lists what was fed, and states nothing of what was not', async () => {
    const pin = await operator.pinAt('cache', BigInt(slot));
    const listed = await listAt(operator, 'tokenAccounts.byOwner', pin, demo.owner);
    expect([...listed.keys()]).toEqual([demo.tokenAccount]);
    const owned = firstPage(nobody);
    expect(await codeOf(operator, 'cache', 'tokenAccounts.byOwner', pin, owned)).toBe(
      'NOT_COVERED',
    );
    expect(await codeOf(operator, 'speed', 'account.get', pin, addressItem(nobody))).toBe(
      'NOT_COVERED',
    );
    const unknown = encodeKeyArguments(new Uint8Array(64).fill(7));
    expect(await codeOf(operator, 'archive', 'transaction.get', pin, unknown)).toBe(
      'HISTORY_NOT_COVERED',
    );
  });

  it('answers the same after a kill and a restart', async () => {
    const pin = await operator.pinAt('speed', BigInt(slot));
    const before = await accountsAt(operator, pin, [demo.owner, demo.tokenAccount]);
    await operator.killAndRestart();
    const after = await operator.pinAt('speed', BigInt(slot));
    expect(after).toEqual(pin);
    expect(await accountsAt(operator, after, [demo.owner, demo.tokenAccount])).toEqual(before);
  });
});
