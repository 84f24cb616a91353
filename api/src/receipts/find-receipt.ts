// Finds one receipt in the files, by reading them line by line. The id stands in every line, so that
// only the right one is parsed.
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RECEIPT_FILES } from './receipt-file.ts';

/** A receipt as its line has it: u64 are texts. */
export type WrittenReceipt = Readonly<Record<string, unknown>>;

/** The receipt of that query in the folder's files, the newest first; null where none has it. */
export async function findReceipt(folder: string, queryId: string): Promise<WrittenReceipt | null> {
  for (const name of [RECEIPT_FILES.current, RECEIPT_FILES.older]) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
    for await (const line of lines) {
      if (!line.includes(queryId)) continue;
      const receipt = parseLine(line);
      if (receipt?.queryId === queryId) {
        lines.close();
        return receipt;
      }
    }
  }
  return null;
}

/** A line that a crash cut short is none. */
function parseLine(line: string): WrittenReceipt | null {
  try {
    return JSON.parse(line) as WrittenReceipt;
  } catch {
    return null;
  }
}
