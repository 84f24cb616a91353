// An operator through its front door: a real localnet, the real process, real sockets. What a node
// answers at a pin is what the chain's own RPC says of that slot.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AccountState,
  type Address,
  addressBytes,
  addressFromBytes,
  parseSignature,
  signatureBytes,
} from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM } from '@streamsync/program-parser';
import {
  decodeAccountItem,
  decodeAccountPage,
  decodePublicReply,
  decodeTransactionItem,
  encodeKeyArguments,
  encodePageArguments,
  encodePublicCall,
  type HeartbeatPin,
} from '@streamsync/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOperatorConfig } from './support/operator-config.ts';
import {
  type Running,
  startLocalnetProcess,
  startOperator,
  streamsync,
  type TemporaryFolder,
  temporaryFolder,
} from './support/run-command.ts';
import { SolanaRpc } from './support/solana-rpc.ts';
import { type ReadyNode, TestGateway } from './support/test-gateway.ts';
import { until } from './support/until.ts';

const TOKEN_PROGRAMS = [SPL_TOKEN_PROGRAM, TOKEN_2022_PROGRAM];

let folder: TemporaryFolder;
let localnet: Running;
let operator: Running;
let rpc: SolanaRpc;
let config: string;
let gateways: Record<string, TestGateway> = {};

function source(): string {
  return `kind = "rpc"
rpcUrl = "${localnet.ready.httpUrl as string}"
wsUrl = "${localnet.ready.wsUrl as string}"
completeStream = true
`;
}

function connect(): void {
  const genesisHash = operator.ready.genesisHash as string;
  gateways = Object.fromEntries(
    (operator.ready.nodes as ReadyNode[]).map((node) => [
      node.name,
      new TestGateway(node, genesisHash),
    ]),
  );
}

function disconnect(): void {
  for (const gateway of Object.values(gateways)) gateway.stop();
}

function node(name: string): TestGateway {
  const gateway = gateways[name];
  if (gateway === undefined) throw new Error(`no node ${name}`);
  return gateway;
}

/** The announced pin of exactly that slot. */
async function pinAt(name: string, slot: bigint): Promise<HeartbeatPin> {
  return until(`the pin of slot ${slot}`, () =>
    node(name).heartbeat?.pins.find((pin) => pin.slot === slot),
  );
}

async function itemsOf(
  name: string,
  ...call: Parameters<TestGateway['call']>
): Promise<readonly Uint8Array[]> {
  const result = await node(name).call(...call);
  if (result.kind === 'failed') throw new Error(`${call[0]} failed: ${result.code}`);
  return result.items;
}

async function accountsAt(pin: HeartbeatPin, addresses: readonly Address[]) {
  const items = addresses.map((address) => encodeKeyArguments(addressBytes(address)));
  return (await itemsOf('speed', 'account.get', pin, ...items)).map(decodeAccountItem);
}

async function listAt(
  operation: 'tokenAccounts.byOwner' | 'tokenAccounts.byMint' | 'programAccounts.byProgram',
  pin: HeartbeatPin,
  key: Address,
  limit = 100,
): Promise<Map<Address, AccountState>> {
  const found = new Map<Address, AccountState>();
  let after: Uint8Array | null = null;
  for (;;) {
    const argument = encodePageArguments({ key: addressBytes(key), after, limit });
    const [item] = await itemsOf('cache', operation, pin, argument);
    const page = decodeAccountPage(item as Uint8Array);
    for (const { address, state } of page.entries) found.set(address, comparable(state));
    const last = page.entries.at(-1);
    if (!page.more || last === undefined) return found;
    after = addressBytes(last.address);
  }
}

/** With plain bytes, so that two states compare by content. */
function comparable(state: AccountState): AccountState;
function comparable(state: AccountState | null): AccountState | null;
function comparable(state: AccountState | null): AccountState | null {
  return state && { ...state, data: Uint8Array.from(state.data) };
}

beforeAll(async () => {
  folder = temporaryFolder();
  localnet = await startLocalnetProcess('--slot-ms', '200', '--transactions-per-slot', '4');
  rpc = new SolanaRpc(localnet.ready.httpUrl as string);
  config = writeOperatorConfig(folder.path, source());
  operator = await startOperator(config);
  connect();
}, 60_000);

afterAll(async () => {
  disconnect();
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
      const pin = await pinAt('speed', slot);
      const addresses = [...value.keys()].slice(0, 100);
      const states = await accountsAt(pin, addresses);
      expect(states.map(comparable)).toEqual(addresses.map((address) => value.get(address)));
    }
  });

  it('attests what it answered by a signed root', async () => {
    const pin = await node('speed').pin();
    const { owner } = localnet.ready.demo as { owner: Address };
    const argument = encodeKeyArguments(addressBytes(owner));
    const result = await node('speed').call('account.get', pin, argument);
    expect(result.kind === 'items' && (await result.attested)).toBe(true);
  });

  it('lists accounts by program as RPC does at the same slot, page by page', async () => {
    for (const program of TOKEN_PROGRAMS) {
      const { slot, value } = await rpc.programAccounts(program);
      const pin = await pinAt('cache', slot);
      expect(await listAt('programAccounts.byProgram', pin, program, 7)).toEqual(value);
    }
  });

  it('lists token accounts by owner as RPC does at the same slot', async () => {
    const { owner } = localnet.ready.demo as { owner: Address };
    for (const program of TOKEN_PROGRAMS) {
      const { slot, value } = await rpc.tokenAccountsByOwner(owner, program);
      expect(value.size).toBeGreaterThan(0);
      const pin = await pinAt('cache', slot);
      const listed = await listAt('tokenAccounts.byOwner', pin, owner);
      const ofProgram = [...listed].filter(([, state]) => state.owner === program);
      expect(new Map(ofProgram)).toEqual(value);
    }
  });

  it('lists token accounts by mint: those of the program whose data names the mint', async () => {
    const { mint } = localnet.ready.demo as { mint: Address };
    const { slot, value } = await rpc.programAccounts(SPL_TOKEN_PROGRAM);
    const expected = [...value].filter(
      ([, { data }]) => data.length === 165 && addressFromBytes(data.slice(0, 32)) === mint,
    );
    const pin = await pinAt('cache', slot);
    expect(await listAt('tokenAccounts.byMint', pin, mint)).toEqual(new Map(expected));
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
    for (const { transaction, meta } of block.transactions) {
      const signature = parseSignature(transaction.signatures[0] as string);
      const argument = encodeKeyArguments(signatureBytes(signature));
      const [item] = await itemsOf('archive', 'transaction.get', pin, argument);
      expect(decodeTransactionItem(item as Uint8Array)).toMatchObject({
        signature,
        slot: pin.slot,
        feeLamports: BigInt(meta.fee),
        succeeded: meta.err === null,
        preBalancesLamports: meta.preBalances.map(BigInt),
        postBalancesLamports: meta.postBalances.map(BigInt),
      });
    }
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
    const url = operator.ready.metricsUrl as string;
    const text = async (path: string) => (await fetch(`${url}${path}`)).text();
    expect(await text('/health')).toBe('alive\n');
    expect(await text('/ready')).toBe('ready\n');
    const metrics = await text('/metrics');
    expect(metrics).toMatch(/streamsync_node_applied_slot\{[^}]*node="speed"[^}]*\} [1-9]/);
    expect(metrics).toMatch(
      /streamsync_node_answers_total\{[^}]*outcome="UNKNOWN_OPERATION"[^}]*\} [1-9]/,
    );
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  it('is shown by streamsync status, as a table and as JSON', async () => {
    const table = await streamsync(['status', '--config', config]);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['speed', 'cache', 'archive']) expect(table.stdout).toContain(name);
    const json = await streamsync(['status', '--config', config, '--json']);
    const statuses = JSON.parse(json.stdout) as { facts: { appliedSlot: string } }[];
    expect(statuses).toHaveLength(3);
    for (const { facts } of statuses) expect(Number(facts.appliedSlot)).toBeGreaterThan(0);
  });
});

describe('a second operator', () => {
  it('on a port of the first says which is busy, in one sentence, and exits with 1', async () => {
    const [{ address }] = operator.ready.nodes as [ReadyNode];
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
  it.runIf(process.env.CI === 'true')('is installed where CI=true', () => {
    expect(nngcat).toBe(true);
  });

  it.skipIf(!nngcat)('calls node.info without a session', () => {
    const [{ address, nodeKey }] = operator.ready.nodes as [ReadyNode];
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
    const { owner, tokenAccount } = localnet.ready.demo as Record<
      'owner' | 'tokenAccount',
      Address
    >;
    for (let kills = 0; kills < 2; kills += 1) {
      const pin = await node('speed').pin();
      const items = [owner, tokenAccount].map((address) =>
        encodeKeyArguments(addressBytes(address)),
      );
      const before = await itemsOf('speed', 'account.get', pin, ...items);
      const listedBefore = await listAt('programAccounts.byProgram', pin, SPL_TOKEN_PROGRAM);
      disconnect();
      expect(await operator.stop('SIGKILL')).toBe('SIGKILL');

      operator = await startOperator(config);
      connect();
      const newest = await node('speed').pin(pin.slot + 3n);
      await node('cache').pin(pin.slot + 3n);
      expect(await itemsOf('speed', 'account.get', pin, ...items)).toEqual(before);
      expect(await listAt('programAccounts.byProgram', pin, SPL_TOKEN_PROGRAM)).toEqual(
        listedBefore,
      );
      expect(newest.slot).toBeGreaterThan(pin.slot);
    }
    const { slot, value } = await rpc.programAccounts(SPL_TOKEN_PROGRAM);
    const pin = await pinAt('cache', slot);
    expect(await listAt('programAccounts.byProgram', pin, SPL_TOKEN_PROGRAM)).toEqual(value);
  }, 60_000);
});

describe('an operator that is told to stop', () => {
  it('drains within ten seconds and exits with 0', async () => {
    disconnect();
    const startedAtMs = performance.now();
    expect(await operator.stop('SIGTERM')).toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });

  it('is slowed by --delay-ms, so that another node wins', async () => {
    operator = await startOperator(config, '--delay-ms', 'speed=300');
    connect();
    const pin = await node('speed').pin();
    const argument = encodeKeyArguments(new Uint8Array(32));
    await itemsOf('speed', 'account.get', pin, argument);
    const startedAtMs = performance.now();
    await itemsOf('speed', 'account.get', pin, argument);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(290);
  });
});
