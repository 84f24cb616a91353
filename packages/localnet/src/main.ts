// The executable: starts a localnet, prints one JSON line when it is ready, and stops on a signal.
import { parseArgs } from 'node:util';
import { StreamSyncError } from '@streamsync/domain';
import { DEFAULT_SLOT_MS } from './chain/slot-clock.ts';
import { startLocalnet } from './localnet.ts';
import type { Log } from './log.ts';

const USAGE = `Usage: main.ts [--dir DIR] [--host HOST] [--http-port N] [--ws-port N] [--grpc-port N]
               [--slot-ms N] [--activity-seed N] [--transactions-per-slot N] [--no-activity]
`;
/** Longer than this, a stop has failed. */
const STOP_DEADLINE_MS = 5_000;

const log: Log = {
  info: (fields, message) => writeLine('info', fields, message),
  warn: (fields, message) => writeLine('warn', fields, message),
  error: (fields, message) => writeLine('error', fields, message),
};

function writeLine(level: string, fields: object, message: string): void {
  process.stderr.write(`${JSON.stringify({ level, ...fields, msg: message })}\n`);
}

function options() {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'http-port': { type: 'string', default: '8899' },
      'ws-port': { type: 'string', default: '8900' },
      'grpc-port': { type: 'string', default: '0' },
      'slot-ms': { type: 'string', default: String(DEFAULT_SLOT_MS) },
      'activity-seed': { type: 'string', default: '1' },
      'transactions-per-slot': { type: 'string', default: '4' },
      'no-activity': { type: 'boolean', default: false },
    },
  });
  return {
    host: values.host,
    httpPort: whole('http-port', values['http-port'], 0, 65_535),
    wsPort: whole('ws-port', values['ws-port'], 0, 65_535),
    grpcPort: whole('grpc-port', values['grpc-port'], 0, 65_535),
    slotMs: whole('slot-ms', values['slot-ms'], 10, 60_000),
    dir: values.dir ?? null,
    activity: values['no-activity']
      ? null
      : {
          seed: whole('activity-seed', values['activity-seed'], 0, 2 ** 32 - 1),
          transactionsPerSlot: whole(
            'transactions-per-slot',
            values['transactions-per-slot'],
            0,
            1_000,
          ),
        },
    log,
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new StreamSyncError(
    'CONFIG_INVALID',
    {},
    { message: `--${name} must be a whole number from ${min} to ${max}, not "${text}".` },
  );
}

async function main(): Promise<void> {
  const localnet = await startLocalnet({ ...options(), onFailed: fail });
  const stop = () => {
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    localnet.stop().then(
      () => process.exit(0),
      (cause: unknown) => fail(cause),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { httpUrl, wsUrl, grpcUrl, genesisHash, demo } = localnet;
  const said = { ready: true, httpUrl, wsUrl, grpcUrl, genesisHash, demo };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

function fail(cause: unknown): never {
  const isUsage = cause instanceof TypeError && 'code' in cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof StreamSyncError ? ` [${cause.code}]` : '';
  process.stderr.write(`${message}${code}\n${isUsage ? USAGE : ''}`);
  process.exit(1);
}

main().catch(fail);
