// The log lines of a transaction as the calls that wrote them. Lines are free text that programs write:
// whatever does not read as a line of the runtime is kept as it is, and nothing throws. Formats:
// solana-program-runtime `stable_log`.
import type { Address } from '@streamsync/domain';

export type LogLine =
  /** `Program log: …`: text of the program. */
  | { readonly kind: 'log'; readonly text: string }
  /** `Program data: …`: fields, base64 each, such as events of Anchor. */
  | { readonly kind: 'data'; readonly fields: readonly string[] }
  /** `Program return: …`: base64. */
  | { readonly kind: 'return'; readonly programId: Address; readonly data: string }
  /** A line of a built-in program, or one that is not known here. */
  | { readonly kind: 'other'; readonly text: string };

/** 'unknown': the log ends, or is cut, before it says. */
export type InvocationOutcome = 'succeeded' | 'failed' | 'unknown';

export interface Invocation {
  readonly programId: Address;
  /** 1 for an instruction of the message. */
  readonly depth: number;
  /** Its own lines, without those of the programs that it invoked. */
  readonly lines: readonly LogLine[];
  readonly invocations: readonly Invocation[];
  /** Null: not said, as by built-in programs. */
  readonly computeUnitsConsumed: bigint | null;
  /** What was left of the transaction's units when the program was called. */
  readonly computeUnitsLimit: bigint | null;
  readonly outcome: InvocationOutcome;
  /** Why it failed, in the runtime's words. */
  readonly failure: string | null;
}

export interface ParsedLogs {
  readonly invocations: readonly Invocation[];
  /** Lines outside of any invocation. */
  readonly strayLines: readonly string[];
  /** The runtime cut the log at its size limit. */
  readonly isTruncated: boolean;
}

type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };
interface Open extends Mutable<Omit<Invocation, 'lines' | 'invocations'>> {
  readonly lines: LogLine[];
  readonly invocations: Open[];
}

/** The runtime allows 5, and 9 since SIMD-0268; deeper calls are text. */
const DEPTH_MAX = 16;
const TRUNCATED = 'Log truncated';
const PROGRAM = 'Program ';

/** Never throws. */
export function parseLogs(logs: readonly string[]): ParsedLogs {
  const roots: Open[] = [];
  const stack: Open[] = [];
  const strayLines: string[] = [];
  let isTruncated = false;
  for (const line of logs) {
    if (line === TRUNCATED) isTruncated = true;
    else if (!readRuntimeLine(line, stack, roots)) {
      const top = stack.at(-1);
      if (top === undefined) strayLines.push(line);
      else top.lines.push(readProgramLine(line));
    }
  }
  return { invocations: roots, strayLines, isTruncated };
}

const ADDRESS = '([1-9A-HJ-NP-Za-km-z]{32,44})';
const INVOKE = new RegExp(`^Program ${ADDRESS} invoke \\[(\\d{1,2})\\]$`);
const SUCCESS = new RegExp(`^Program ${ADDRESS} success$`);
const FAILED = new RegExp(`^Program ${ADDRESS} failed: (.*)$`, 's');
const CONSUMED = new RegExp(
  `^Program ${ADDRESS} consumed (\\d{1,20}) of (\\d{1,20}) compute units$`,
);
const RETURN = new RegExp(`^Program return: ${ADDRESS} (\\S*)$`);
const LOG_PREFIX = 'Program log: ';
const DATA_PREFIX = 'Program data: ';

/** Whether the line opened, closed or measured an invocation. */
function readRuntimeLine(line: string, stack: Open[], roots: Open[]): boolean {
  if (!line.startsWith(PROGRAM) || line.startsWith(LOG_PREFIX)) return false;
  const invoke = INVOKE.exec(line);
  if (invoke !== null) return open(invoke[1] as Address, Number(invoke[2]), stack, roots);
  const success = SUCCESS.exec(line);
  if (success !== null) return close(success[1] as Address, 'succeeded', null, stack);
  const failed = FAILED.exec(line);
  if (failed !== null) return close(failed[1] as Address, 'failed', failed[2] ?? '', stack);
  const consumed = CONSUMED.exec(line);
  const top = stack.at(-1);
  if (consumed === null || top === undefined || top.programId !== consumed[1]) return false;
  top.computeUnitsConsumed = BigInt(consumed[2] as string);
  top.computeUnitsLimit = BigInt(consumed[3] as string);
  return true;
}

function open(programId: Address, depth: number, stack: Open[], roots: Open[]): boolean {
  if (depth < 1 || depth > DEPTH_MAX) return false;
  // What is still open at this depth or deeper never said how it ended.
  while (stack.length > 0 && (stack.at(-1) as Open).depth >= depth) stack.pop();
  const invocation: Open = {
    programId,
    depth,
    lines: [],
    invocations: [],
    computeUnitsConsumed: null,
    computeUnitsLimit: null,
    outcome: 'unknown',
    failure: null,
  };
  (stack.at(-1)?.invocations ?? roots).push(invocation);
  stack.push(invocation);
  return true;
}

function close(
  programId: Address,
  outcome: InvocationOutcome,
  failure: string | null,
  stack: Open[],
): boolean {
  const at = stack.findLastIndex((each) => each.programId === programId);
  const invocation = stack[at];
  if (invocation === undefined) return false;
  invocation.outcome = outcome;
  invocation.failure = failure;
  stack.length = at;
  return true;
}

function readProgramLine(line: string): LogLine {
  if (line.startsWith(LOG_PREFIX)) return { kind: 'log', text: line.slice(LOG_PREFIX.length) };
  if (line.startsWith(DATA_PREFIX)) {
    const fields = line.slice(DATA_PREFIX.length).split(' ');
    return { kind: 'data', fields };
  }
  const returned = RETURN.exec(line);
  if (returned !== null) {
    return { kind: 'return', programId: returned[1] as Address, data: returned[2] ?? '' };
  }
  return { kind: 'other', text: line };
}
