// An operator fed by Yellowstone gRPC, in real processes: it is killed, misses slots, and goes on
// behind its cursor with every slot, without a snapshot.
import { addressBytes, parseAddress } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM } from '@streamsync/program-parser';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeOperatorConfig } from './support/operator-config.ts';
import { OperatorUnderTest } from './support/operator-under-test.ts';
import { accountsAt, listAt } from './support/read-answers.ts';
import {
  type Running,
  startLocalnetProcess,
  type TemporaryFolder,
  temporaryFolder,
} from './support/run-command.ts';
import { SolanaRpc } from './support/solana-rpc.ts';
import { until } from './support/until.ts';

const CLOCK = parseAddress('SysvarC1ock11111111111111111111111111111111');

let folder: TemporaryFolder;
let localnet: Running;
beforeEach(async () => {
  folder = temporaryFolder();
  localnet = await startLocalnetProcess('--slot-ms', '100');
}, 60_000);
afterEach(async () => {
  await localnet.stop();
  folder.remove();
});

it('misses no slot over a kill -9, and needs no second snapshot', {
  timeout: 120_000,
}, async () => {
  const file = writeOperatorConfig(
    folder.path,
    `kind = "yellowstone"
url = "${localnet.ready.grpcUrl as string}"
rpcUrl = "${localnet.ready.httpUrl as string}"
everyAccount = true`,
  );
  const operator = await OperatorUnderTest.start(file);
  try {
    const rpc = new SolanaRpc(localnet.ready.httpUrl as string);
    const before = await operator.node('speed').pin();
    expect(operator.node('speed').heartbeat?.provenance).toBe('STREAMED');
    await operator.stop('SIGKILL');
    await until('slots that are missed', async () => {
      const slot = await rpc.call<number>('getSlot', { commitment: 'confirmed' });
      return BigInt(slot) > before.slot + 20n;
    });
    await operator.killAndRestart();
    await until('the slots behind the kill', () => {
      const newest = operator.node('speed').heartbeat?.pins.at(-1)?.slot ?? 0n;
      return newest > before.slot + 20n;
    });
    // After a snapshot the slots that were missed could not be asked for.
    const missed = before.slot + 10n;
    const { blockhash } = await rpc.call<{ blockhash: string }>('getBlock', Number(missed), {
      transactionDetails: 'none',
      commitment: 'confirmed',
    });
    const pin = { slot: missed, blockhash: addressBytes(parseAddress(blockhash)) };
    const [clock] = await accountsAt(operator, pin, [CLOCK]);
    expect(Buffer.from(clock?.data ?? []).readBigUInt64LE(0)).toBe(missed);
    const { slot, value } = await rpc.programAccounts(SPL_TOKEN_PROGRAM);
    const at = await operator.pinAt('cache', slot);
    expect(await listAt(operator, 'programAccounts.byProgram', at, SPL_TOKEN_PROGRAM)).toEqual(
      value,
    );
  } finally {
    await operator.stop();
  }
});
