// How a command fails: one clear sentence on stderr and exit code 1; the stack only for defects.
import { StreamSyncError } from '@streamsync/domain';

export async function reportFailure(command: () => Promise<void> | void): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof StreamSyncError) {
      process.stderr.write(`${error.message} [${error.code}]\n`);
    } else {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    }
  }
}
