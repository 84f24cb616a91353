// RPC's JSON has u64 as bare numbers, and JSON.parse rounds those above 2^53. Such numbers are rare,
// so the text is searched for long runs of digits and only those that are numbers, outside of any
// string, become strings before it is parsed: as fast as JSON.parse where there are none.

/**
 * 2^53 has 16 digits: shorter numbers are exact. What stands before a number belongs to the pattern,
 * because a search for digits alone stops at every digit of every base58 text: three times the time.
 */
const LONG_NUMBER = /[:,[][ \t\r\n]*(-?\d{16,})/g;
const LONG_NUMBER_ALONE = /^[ \t\r\n]*(-?\d{16,})[ \t\r\n]*$/;

/** Parses JSON; whole numbers of 16 digits and more become text. @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  return JSON.parse(quoteLongIntegers(text));
}

function quoteLongIntegers(text: string): string {
  const alone = LONG_NUMBER_ALONE.exec(text)?.[1];
  if (alone !== undefined) return `"${alone}"`;
  const quotes = new QuoteScanner(text);
  const pieces: string[] = [];
  let copied = 0;
  LONG_NUMBER.lastIndex = 0;
  for (let match = LONG_NUMBER.exec(text); match !== null; match = LONG_NUMBER.exec(text)) {
    const end = match.index + match[0].length;
    const start = end - (match[1]?.length ?? 0);
    if (!endsThere(text, end) || quotes.isInString(start)) continue;
    pieces.push(text.slice(copied, start), '"', text.slice(start, end), '"');
    copied = end;
  }
  if (copied === 0) return text;
  pieces.push(text.slice(copied));
  return pieces.join('');
}

/** Whether what follows the digits ends a whole number. */
function endsThere(text: string, end: number): boolean {
  let after = end;
  while (isSpace(text[after])) after += 1;
  const next = text[after];
  return next === ',' || next === '}' || next === ']';
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r';
}

/** Follows the quotes of a text; positions are asked in ascending order. */
class QuoteScanner {
  readonly #text: string;
  #next: number;
  #inString = false;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.indexOf('"');
  }

  isInString(position: number): boolean {
    while (this.#next !== -1 && this.#next < position) {
      if (!this.#inString || !this.#isEscaped(this.#next)) this.#inString = !this.#inString;
      this.#next = this.#text.indexOf('"', this.#next + 1);
    }
    return this.#inString;
  }

  #isEscaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text[quote - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }
}
