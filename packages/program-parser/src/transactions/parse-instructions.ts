// The instructions of a transaction as a tree: those of its message, each with what it invoked, nested by
// stack height where the source states it and one level deep elsewhere.
import type { CompiledInstruction, TransactionRecord } from '@streamsync/domain';
import { parseInstruction, type TransactionInstruction } from './parse-instruction.ts';

interface Node {
  readonly compiled: CompiledInstruction;
  readonly children: Node[];
  readonly height: number;
}

/** The height of an instruction of the message. */
const OUTER_HEIGHT = 1;

/** Null where the source states no instructions as bytes. Never throws. */
export function parseInstructions(
  record: Pick<TransactionRecord, 'accountKeys' | 'instructions' | 'innerInstructions'>,
): readonly TransactionInstruction[] | null {
  const { accountKeys, instructions, innerInstructions } = record;
  if (instructions === null) return null;
  const roots = instructions.map(
    (compiled): Node => ({
      compiled,
      children: [],
      height: OUTER_HEIGHT,
    }),
  );
  for (const { index, instructions: invoked } of innerInstructions ?? []) {
    const root = roots[index];
    if (root !== undefined) nest(root, invoked);
  }
  const parse = ({ compiled, children }: Node, index: number): TransactionInstruction =>
    parseInstruction(compiled, accountKeys, { index, inner: children.map(parse) });
  return roots.map(parse);
}

/** An instruction belongs to the last one before it that stands lower on the stack. */
function nest(root: Node, invoked: readonly CompiledInstruction[]): void {
  const stack = [root];
  for (const compiled of invoked) {
    const height = compiled.stackHeight ?? OUTER_HEIGHT + 1;
    while (stack.length > 1 && (stack.at(-1) as Node).height >= height) stack.pop();
    const node: Node = { compiled, children: [], height };
    (stack.at(-1) as Node).children.push(node);
    // The runtime's own limit is far below; a source that lies about heights must not cost the stack.
    if (stack.length < STACK_HEIGHT_MAX) stack.push(node);
  }
}

/** The runtime allows 5, and 9 since SIMD-0268. */
const STACK_HEIGHT_MAX = 16;

/** Each instruction before those that it invoked: the order of execution. */
export function* eachInstruction(
  instructions: readonly TransactionInstruction[],
): Generator<TransactionInstruction> {
  for (const instruction of instructions) {
    yield instruction;
    yield* eachInstruction(instruction.inner);
  }
}
