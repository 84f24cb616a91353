// What a process of ours says when it gives up: its last sentence, with a code of the catalogue.
import { type ErrorCode, isErrorCode } from '@streamsync/domain';

const LAST_WORDS = /^(?<sentence>[^{].*) \[(?<code>[A-Z_]+)\]$/;

export interface LastWords {
  readonly sentence: string;
  readonly code: ErrorCode;
}

/** A journal maps its files: on a full disk the system ends the process before it can say a word. */
const SIGBUS_WORDS: LastWords = {
  sentence: 'The disk that holds its folder is full: a mapped file could not grow (SIGBUS).',
  code: 'DISK_FULL',
};

/** Null where it said nothing of the kind, as when it was killed. */
export function lastWordsIn(
  lines: readonly string[],
  signal: NodeJS.Signals | null,
): LastWords | null {
  if (signal === 'SIGBUS') return SIGBUS_WORDS;
  for (const line of lines.toReversed()) {
    const { sentence, code } = LAST_WORDS.exec(line)?.groups ?? {};
    if (sentence !== undefined && code !== undefined && isErrorCode(code))
      return { sentence, code };
  }
  return null;
}
