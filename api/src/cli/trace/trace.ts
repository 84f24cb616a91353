// `trace QUERY_ID`: finds a receipt in the files of a gateway and prints its story. A receipt is
// written once its races are settled, so that for a fresh one it looks again for a few seconds.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StreamSyncError } from '@streamsync/domain';
import { findReceipt, type WrittenReceipt } from '../../receipts/find-receipt.ts';
import { RECEIPT_FILES } from '../../receipts/receipt-file.ts';
import { printStory, type StoryReceipt } from './print-story.ts';

/** Where a gateway keeps its receipts, below the folder of a network or its own. */
const FOLDERS = ['.', 'data', 'gateway', 'gateway/data'];

/** What the roots of a race may take, and one batch of the file. */
const LOOK_MS_MAX = 4_000;
const LOOK_AGAIN_MS = 200;

export interface TraceOptions {
  readonly dir: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly lookMsMax?: number;
}

/** @throws StreamSyncError INVALID_ARGUMENT where no receipt of that query is found */
export async function trace(queryId: string, options: TraceOptions): Promise<void> {
  const { dir, json, write, lookMsMax = LOOK_MS_MAX } = options;
  if (!/^[0-9a-f]{32}$/.test(queryId)) {
    throw new StreamSyncError(
      'INVALID_ARGUMENT',
      {},
      { message: 'A query id has 32 hex digits: take it from extensions.streamsync.queryId.' },
    );
  }
  const endAtMs = performance.now() + lookMsMax;
  let receipt = await look(dir, queryId);
  while (receipt === null && performance.now() < endAtMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    receipt = await look(dir, queryId);
  }
  if (receipt === null) {
    throw new StreamSyncError(
      'INVALID_ARGUMENT',
      { dir },
      {
        message: `No receipt of that query below ${dir}: it is older than the files, or of another network (--dir).`,
      },
    );
  }
  if (json) write(`${JSON.stringify(receipt, null, 2)}\n`);
  else write(printStory(receipt as unknown as StoryReceipt));
}

async function look(dir: string, queryId: string): Promise<WrittenReceipt | null> {
  for (const folder of FOLDERS.map((name) => join(dir, name))) {
    const has = Object.values(RECEIPT_FILES).some((name) => existsSync(join(folder, name)));
    const receipt = has ? await findReceipt(folder, queryId) : null;
    if (receipt !== null) return receipt;
  }
  return null;
}
