// `streamsync run`: starts the operator's process, says on stdout in one JSON line what listens
// where, and stops cleanly on a signal.
import { type Specialisation, StreamSyncError } from '@streamsync/domain';
import { createLog, runProcess, writeFileAtomic } from '@streamsync/runtime';
import { startOperator } from '../../app.ts';
import { runningFile } from '../../config/folders.ts';
import { loadConfig } from '../../config/load-config.ts';

interface RunOptions {
  readonly configFile: string;
  readonly delayMs: Partial<Record<Specialisation, number>>;
}

/** @throws StreamSyncError CONFIG_INVALID; what fails later ends the process with its sentence */
export async function runOperator(options: RunOptions): Promise<void> {
  const fromFile = loadConfig(options.configFile);
  const delayMs = { ...fromFile.debug.delayMs, ...options.delayMs };
  const config = { ...fromFile, debug: { delayMs } };
  const log = createLog({ name: config.operator, level: config.logLevel });
  await runProcess(log, async (lifecycle) => {
    const operator = await startOperator(config, lifecycle, log);
    writeFileAtomic(runningFile(config), `${JSON.stringify(operator.listening, null, 2)}\n`);
    process.stdout.write(`${JSON.stringify({ ready: true, ...operator.listening })}\n`);
    void operator.failed.then(async (error) => {
      log.error({ err: error }, 'the ingest failed and the process stops');
      const sentence =
        error instanceof StreamSyncError ? `${error.message} [${error.code}]` : String(error);
      process.stderr.write(`${sentence}\n`);
      await lifecycle.stop();
      process.exit(1);
    });
  });
}
