// What a process of ours says when it gives up: its last sentence, with a code of the catalogue.
import { type ErrorCode, isErrorCode } from '@streamsync/domain';

const LAST_WORDS = /^(?<sentence>[^{].*) \[(?<code>[A-Z_]+)\]$/;

export interface LastWords {
  readonly sentence: string;
  readonly code: ErrorCode;
}

/** Null where it said nothing of the kind, as when it was killed. */
export function lastWordsIn(lines: readonly string[]): LastWords | null {
  for (const line of lines.toReversed()) {
    const { sentence, code } = LAST_WORDS.exec(line)?.groups ?? {};
    if (sentence !== undefined && code !== undefined && isErrorCode(code))
      return { sentence, code };
  }
  return null;
}
