// JSON-RPC over HTTP: one call at a time over kept connections, with a deadline, a bound on what is
// read, and u64 kept exact.
import { StreamSyncError } from '@streamsync/domain';
import { objectOf } from '../parse/guards.ts';
import { parseExactJson } from '../parse/json.ts';

/** Lists of a large program take long at a provider. */
const CALL_MS_MAX = 60_000;
/** A JavaScript string ends at 512 MiB; half of it leaves room for the parse. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;

/** RPC's codes for a block that is not there (yet): -32004, -32007, -32009, -32014. */
const BLOCK_MISSING_CODES: readonly number[] = [-32_004, -32_007, -32_009, -32_014];
const BLOCK_CLEANED_UP = -32_001;

export class RpcHttpClient {
  readonly #url: string;
  #id = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** The URL without its credentials. */
  get shownUrl(): string {
    const url = new URL(this.#url);
    return `${url.protocol}//${url.host}`;
  }

  /** @throws StreamSyncError SOURCE_FAILED; context.rpcCode where the server answered an error */
  async call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    this.#id += 1;
    let answer: unknown;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: this.#id, method, params }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS_MAX)]),
      });
      const text = await readBounded(response);
      if (!response.ok && !text.startsWith('{')) {
        throw new Error(`HTTP status ${response.status}`);
      }
      answer = parseExactJson(text);
    } catch (error) {
      const reason = error instanceof Error ? (causeOf(error) ?? error.message) : String(error);
      throw new StreamSyncError(
        'SOURCE_FAILED',
        { method, url: this.shownUrl },
        { message: `${method} of ${this.shownUrl} failed: ${reason}`, cause: error },
      );
    }
    const { result, error } = objectOf(answer, 'answer');
    if (error === undefined || error === null) return result;
    const { code, message } = objectOf(error, 'error');
    throw new StreamSyncError(
      'SOURCE_FAILED',
      { method, url: this.shownUrl, rpcCode: Number(code) },
      { message: `${method} of ${this.shownUrl} was refused: ${String(message).slice(0, 200)}` },
    );
  }
}

/** Whether RPC said that the slot has no block, or none yet. */
export function isBlockMissing(error: unknown): boolean {
  return (
    error instanceof StreamSyncError && BLOCK_MISSING_CODES.includes(Number(error.context.rpcCode))
  );
}

/** Whether RPC said that the block is older than its history. */
export function isBlockCleanedUp(error: unknown): boolean {
  return error instanceof StreamSyncError && error.context.rpcCode === BLOCK_CLEANED_UP;
}

function causeOf(error: Error): string | null {
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : null;
}

async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of response.body) {
    sizeBytes += part.length;
    if (sizeBytes > BODY_BYTES_MAX) throw new Error(`an answer of over ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
