// An operator through its front door: a real localnet, the real process, real sockets. What a node
// answers at a pin is what the chain's own RPC says of that slot.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, addressFromBytes, parseSignature, signatureBytes } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import {
  decodePublicReply,
  decodeTransactionItem,
  encodeKeyArguments,
  encodePublicCall,
} from '@streamsync/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOperatorConfig } from './support/operator-config.ts';
import { OperatorUnderTest } from './support/operator-under-test.ts';
import { accountsAt, addressItem, listAt, transactionsAt } from './support/read-answers.ts';
import {
  type Running,
  startLocalnetProcess,
  streamsync,
  type TemporaryFolder,
  temporaryFolder,
} from './support/run-command.ts';
import { SolanaRpc } from './support/solana-rpc.ts';
import { until } from './support/until.ts';

const TOKEN_PROGRAMS = [SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM];

let folder: TemporaryFolder;
let localnet: Running;
let operator: OperatorUnderTest;
let rpc: SolanaRpc;
let config: string;
let demo: Record<'owner' | 'mint' | 'tokenAccount', Address>;

const node = (name: string) => operator.node(name);

function source(): string {
  return `kind = "rpc"
rpcUrl = "${localnet.ready.httpUrl as string}"
wsUrl = "${localnet.ready.wsUrl as string}"
completeStream = true
`;
}

beforeAll(async () => {
  folder = temporaryFolder();
  localnet = await startLocalnetProcess('--slot-ms', '200', '--transactions-per-slot', '4');
  rpc = new SolanaRpc(localnet.ready.httpUrl as string);
  config = writeOperatorConfig(folder.path, source());
  demo = localnet.ready.demo as typeof demo;
  operator = await OperatorUnderTest.start(config);
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await localnet?.stop();
  folder?.remove();
});

describe('an operator before localnet', () => {
  it('announces the slots that it applied, with an offer', async () => {
    const first = await node('speed').pin();
    const later = await node('speed').pin(first.slot + 2n);
    expect(later.slot).toBeGreaterThan(first.slot);
    const offer = await until('an offer', () => node('speed').offer);
    expect(offer).toMatchObject({ operator: 'acme', specialisation: 'speed' });
  });

  it('answers accounts as RPC shows them at the same slot', async () => {
    for (const program of TOKEN_PROGRAMS) {
      const { slot, value } = await rpc.programAccounts(program);
      expect(value.size).toBeGreaterThan(0);
      const pin = await operator.pinAt('speed', slot);
      const addresses = [...value.keys()].slice(0, 100);
      const states = await accountsAt(operator, pin, addresses);
      expect(states).toEqual(addresses.map((address) => value.get(address)));
    }
  });

  it('attests what it answered by a signed root', async () => {
    const pin = await node('speed').pin();
    const result = await node('speed').call('account.get', pin, addressItem(demo.owner));
    expect(result.kind === 'items' && (await result.attested)).toBe(true);
  });

  it('lists accounts by program as RPC does at the same slot, page by page', async () => {
    for (const program of TOKEN_PROGRAMS) {
      const { slot, value } = await rpc.programAccounts(program);
      const pin = await operator.pinAt('cache', slot);
      expect(await listAt(operator, 'programAccounts.byProgram', pin, program, 7)).toEqual(value);
    }
  });

  it('lists token accounts by owner as RPC does at the same slot', async () => {
    for (const program of TOKEN_PROGRAMS) {
      const { slot, value } = await rpc.tokenAccountsByOwner(demo.owner, program);
      expect(value.size).toBeGreaterThan(0);
      const pin = await operator.pinAt('cache', slot);
      const listed = await listAt(operator, 'tokenAccounts.byOwner', pin, demo.owner);
      const ofProgram = [...listed].filter(([, state]) => state.owner === program);
      expect(new Map(ofProgram)).toEqual(value);
    }
  });

  it('lists token accounts by mint: those of the program whose data names the mint', async () => {
    const { slot, value } = await rpc.programAccounts(SPL_TOKEN_PROGRAM);
    const expected = [...value].filter(
      ([, { data }]) => data.length === 165 && addressFromBytes(data.slice(0, 32)) === demo.mint,
    );
    const pin = await operator.pinAt('cache', slot);
    expect(await listAt(operator, 'tokenAccounts.byMint', pin, demo.mint)).toEqual(
      new Map(expected),
    );
  });

  it('answers the transactions of a block as RPC shows them', async () => {
    const pin = await node('archive').pin();
    const block = await rpc.call<{
      transactions: {
        transaction: { signatures: string[] };
        meta: { fee: number; err: unknown; preBalances: number[]; postBalances: number[] };
      }[];
    }>('getBlock', Number(pin.slot), {
      transactionDetails: 'full',
      maxSupportedTransactionVersion: 0,
      encoding: 'json',
      commitment: 'confirmed',
    });
    expect(block.transactions.length).toBeGreaterThan(0);
    for (const { transaction, meta } of block.transactions.slice(0, 20)) {
      const signature = parseSignature(transaction.signatures[0] as string);
      const [record] = await transactionsAt(operator, pin, [signature]);
      expect(record).toMatchObject({
        signature,
        slot: pin.slot,
        feeLamports: BigInt(meta.fee),
        succeeded: meta.err === null,
        preBalancesLamports: meta.preBalances.map(BigInt),
        postBalancesLamports: meta.postBalances.map(BigInt),
      });
    }
  });

  it('says null of an address that nothing was ever at, as RPC does', async () => {
    const nobody = addressFromBytes(new Uint8Array(32).fill(77));
    const { slot, value } = await rpc.accounts([nobody]);
    const pin = await operator.pinAt('speed', slot);
    expect(await accountsAt(operator, pin, [nobody])).toEqual(value);
    expect(value).toEqual([null]);
  });

  it('says null of an unknown transaction, because its history begins with the chain', async () => {
    const unknown = encodeKeyArguments(new Uint8Array(64).fill(7));
    await until('a history that begins with the chain', async () => {
      const pin = await node('archive').pin();
      const result = await node('archive').call('transaction.get', pin, unknown);
      return result.kind === 'items' && result.items[0]?.[0] === 0xf6;
    });
  });

  it.each([
    ['speed', 'transaction.get', 'UNKNOWN_OPERATION'],
    ['cache', 'account.get', 'UNKNOWN_OPERATION'],
    ['archive', 'programAccounts.byProgram', 'UNKNOWN_OPERATION'],
  ] as const)('refuses at %s what another pool answers: %s', async (name, operation, code) => {
    const pin = await node(name).pin();
    const argument = encodeKeyArguments(new Uint8Array(32));
    expect(await node(name).call(operation, pin, argument)).toMatchObject({ code, byNode: true });
  });

  it('refuses a pin that is not its own', async () => {
    const { slot, blockhash } = await node('speed').pin();
    const argument = encodeKeyArguments(new Uint8Array(32));
    for (const pin of [
      { slot, blockhash: new Uint8Array(32) },
      { slot: slot + 1_000n, blockhash },
    ]) {
      expect(await node('speed').call('account.get', pin, argument)).toMatchObject({
        code: 'SLOT_NOT_AVAILABLE',
        byNode: true,
      });
    }
  });

  it('refuses malformed arguments with a code', async () => {
    const pin = await node('speed').pin();
    expect(await node('speed').call('account.get', pin, Uint8Array.of(0xff))).toMatchObject({
      code: 'MALFORMED_MESSAGE',
      byNode: true,
    });
  });

  it('shows metrics, liveness and readiness', async () => {
    expect(await operator.metrics('/health')).toBe('alive\n');
    expect(await operator.metrics('/ready')).toBe('ready\n');
    const metrics = await operator.metrics('/metrics');
    expect(metrics).toMatch(/streamsync_node_applied_slot\{[^}]*node="speed"[^}]*\} [1-9]/);
    expect(metrics).toMatch(
      /streamsync_node_answers_total\{[^}]*outcome="UNKNOWN_OPERATION"[^}]*\} [1-9]/,
    );
    expect(metrics).toMatch(/streamsync_ingest_slots_total\{[^}]*\} [1-9]/);
    expect(metrics).toMatch(/streamsync_ingest_slots_per_second\{[^}]*\} [0-9.]*[1-9]/);
    expect(metrics).toMatch(/streamsync_ingest_stuck\{[^}]*\} 0/);
    expect((await fetch(`${operator.metricsUrl}/nothing`)).status).toBe(404);
  });

  it('is shown by streamsync status, as a table and as JSON', async () => {
    const table = await streamsync(['status', '--config', config]);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['speed', 'cache', 'archive']) expect(table.stdout).toContain(name);
    expect(table.stdout).toContain('PROGRESS');
    const json = await streamsync(['status', '--config', config, '--json']);
    const statuses = JSON.parse(json.stdout) as { facts: { appliedSlot: string } }[];
    expect(statuses).toHaveLength(3);
    for (const { facts } of statuses) {
      expect(Number(facts.appliedSlot)).toBeGreaterThan(0);
      expect(facts).toMatchObject({ sourceStuckSinceMs: null, gaps: '0', rollbacks: '0' });
    }
  });

  it('is not taken for the nodes of another operator that is configured on its addresses', async () => {
    const dir = join(folder.path, 'other');
    await streamsync(['init', '--dir', dir, '--operator', 'bravo']);
    const file = join(dir, 'streamsync.toml');
    const text = readFileSync(file, 'utf8').replace(
      'tcp://127.0.0.1:7700',
      operator.address('speed'),
    );
    writeFileSync(file, text);
    const table = await streamsync(['status', '--config', file]);
    expect(table.code).toBe(1);
    expect(table.stdout).toContain('Another node answers here');
  });
});

describe('a second operator', () => {
  it('on a port of the first says which is busy, in one sentence, and exits with 1', async () => {
    const address = operator.address('speed');
    const second = temporaryFolder();
    const done = await streamsync([
      'run',
      '--config',
      writeOperatorConfig(second.path, source(), { speed: address }),
    ]);
    second.remove();
    expect(done.code).toBe(1);
    expect(done.stdout).toBe('');
    const said = done.stderr.trim().split('\n').at(-1);
    expect(said).toContain(`${address} is in use by another process`);
    expect(said).toMatch(/\[PORT_BUSY\]$/);
  });

  it('that names another cluster than its source is of is refused', async () => {
    const second = temporaryFolder();
    const file = writeOperatorConfig(
      second.path,
      source(),
      {},
      `genesisHash = "${SYSTEM_PROGRAM}"`,
    );
    const done = await streamsync(['run', '--config', file]);
    second.remove();
    expect(done).toMatchObject({ code: 1, stdout: '' });
    expect(done.stderr).toMatch(/is for the cluster 1{32}, but .* is of /);
  });
});

const nngcat = spawnSync('nngcat', ['--version']).error === undefined;
if (!nngcat) {
  process.stdout.write('SKIPPED: nngcat is not installed (Debian: nng-utils)\n');
}

describe('nngcat', () => {
  // Where CI=true it is installed, so that there its absence fails.
  it.skipIf(!nngcat && process.env.CI !== 'true')('calls node.info without a session', () => {
    const address = operator.address('speed');
    const nodeKey = operator.nodes.find(({ name }) => name === 'speed')?.nodeKey;
    const call = join(folder.path, 'node-info.cbor');
    writeFileSync(call, encodePublicCall('node.info'));
    const asked = spawnSync(
      'nngcat',
      ['--req', '--dial', address, '--file', call, '--raw', '--recv-timeout', '5'],
      { timeout: 20_000 },
    );
    expect(asked.status, asked.stderr.toString()).toBe(0);
    expect(decodePublicReply(asked.stdout)).toMatchObject({ nodeKey, specialisation: 'speed' });
  });
});

describe('an operator that is killed while it ingests', () => {
  it('resumes behind its cursor and answers an older pin with the same bytes', async () => {
    const questions = [demo.owner, demo.tokenAccount].map(addressItem);
    const program = SPL_TOKEN_PROGRAM;
    for (let kills = 0; kills < 2; kills += 1) {
      const pin = await node('speed').pin();
      await operator.pinAt('cache', pin.slot);
      const items = await operator.items('speed', 'account.get', pin, ...questions);
      const listed = await listAt(operator, 'programAccounts.byProgram', pin, program);
      await operator.killAndRestart();
      for (const name of ['speed', 'cache', 'archive']) await node(name).pin(pin.slot + 3n);
      expect(await operator.items('speed', 'account.get', pin, ...questions)).toEqual(items);
      expect(await listAt(operator, 'programAccounts.byProgram', pin, program)).toEqual(listed);
    }
    const { slot, value } = await rpc.programAccounts(program);
    const pin = await operator.pinAt('cache', slot);
    expect(await listAt(operator, 'programAccounts.byProgram', pin, program)).toEqual(value);
  }, 60_000);

  it('has the transactions of the slots that it missed, and knows that it has all', async () => {
    await operator.stop('SIGKILL');
    const missed = await until('a slot with transactions while nobody looks', async () => {
      const slot = await rpc.call<number>('getSlot', { commitment: 'confirmed' });
      const { signatures } = await rpc.call<{ signatures: string[] }>('getBlock', slot, {
        transactionDetails: 'signatures',
        maxSupportedTransactionVersion: 0,
        commitment: 'confirmed',
      });
      return signatures[0] === undefined ? null : { slot, signature: signatures[0] };
    });
    operator = await OperatorUnderTest.start(config);
    const signature = parseSignature(missed.signature);
    await until('the missed transaction', async () => {
      const pin = await node('archive').pin(BigInt(missed.slot) + 1n);
      const result = await node('archive').call(
        'transaction.get',
        pin,
        encodeKeyArguments(signatureBytes(signature)),
        encodeKeyArguments(new Uint8Array(64).fill(7)),
      );
      if (result.kind === 'failed') return null;
      const [found, unknown] = result.items.map(decodeTransactionItem);
      return found?.slot === BigInt(missed.slot) && unknown === null;
    });
  }, 60_000);
});

describe('an operator that is told to stop', () => {
  it('drains within ten seconds and exits with 0', async () => {
    const startedAtMs = performance.now();
    expect(await operator.stop('SIGTERM')).toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});

describe('an operator with --delay-ms', () => {
  it('is slowed by that much, so that another node wins', async () => {
    operator = await OperatorUnderTest.start(config, {
      args: ['--delay-ms', 'speed=300'],
    });
    const pin = await node('speed').pin();
    await accountsAt(operator, pin, [demo.owner]);
    const startedAtMs = performance.now();
    await accountsAt(operator, pin, [demo.owner]);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(290);
  });

  it('still answers what is in flight when it is told to stop', async () => {
    const pin = await node('speed').pin();
    const answered = accountsAt(operator, pin, [demo.owner]);
    await until('the call to have arrived', async () =>
      /outcome="answered"[^}]*\} 3\b/.test(await operator.metrics('/metrics')),
    );
    const exit = operator.endWithoutDisconnecting();
    expect(await answered).toHaveLength(1);
    expect(await exit).toBe(0);
  });
});
