// RPC's JSON has u64 as bare numbers, and JSON.parse rounds those above 2^53. Such numbers are rare,
// so the text is searched for long runs of digits and only those that are numbers, outside of any
// string, become strings before it is parsed: as fast as JSON.parse where there are none.

/** 2^53 has 16 digits: shorter numbers are exact. */
const LONG_DIGITS = /\d{16,}/g;

/** Parses JSON; whole numbers of 16 digits and more become text. @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  return JSON.parse(quoteLongIntegers(text));
}

function quoteLongIntegers(text: string): string {
  const quotes = new QuoteScanner(text);
  const pieces: string[] = [];
  let copied = 0;
  LONG_DIGITS.lastIndex = 0;
  for (let match = LONG_DIGITS.exec(text); match !== null; match = LONG_DIGITS.exec(text)) {
    const start = text[match.index - 1] === '-' ? match.index - 1 : match.index;
    const end = match.index + match[0].length;
    if (!standsAlone(text, start, end) || quotes.isInString(start)) continue;
    pieces.push(text.slice(copied, start), '"', text.slice(start, end), '"');
    copied = end;
  }
  if (copied === 0) return text;
  pieces.push(text.slice(copied));
  return pieces.join('');
}

/** Whether the digits have on both sides what may stand beside a whole number. */
function standsAlone(text: string, start: number, end: number): boolean {
  let before = start - 1;
  while (isSpace(text[before])) before -= 1;
  let after = end;
  while (isSpace(text[after])) after += 1;
  const left = text[before];
  const right = text[after];
  return (
    (left === undefined || left === ':' || left === ',' || left === '[') &&
    (right === undefined || right === ',' || right === '}' || right === ']')
  );
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
