// Everything that an archive node answers about the history of some blocks, as one list of hashes by
// question: two nodes have the same state where the lists are equal.
import { createHash } from 'node:crypto';
import {
  addressBytes,
  OPERATIONS,
  type OperationName,
  PAGE_ENTRIES_MAX,
  parseAddress,
  parseSignature,
  parseSlot,
} from '@streamsync/domain';
import {
  encodeBlocksArguments,
  encodeCountArguments,
  encodeHistoryArguments,
  encodeSlotArguments,
  encodeSlotTransactionsArguments,
  type HeartbeatPin,
} from '@streamsync/wire';
import type { OperatorUnderTest } from './operator-under-test.ts';
import { signatureItem } from './read-answers.ts';

export interface Questions {
  readonly slotFirst: number;
  readonly slotLast: number;
  readonly signatures: readonly string[];
  readonly addresses: readonly string[];
  /** A token account or an owner, and a mint. */
  readonly tokens: readonly (readonly [address: string, mint: string])[];
}

interface Question {
  readonly name: string;
  readonly operation: OperationName;
  readonly item: Uint8Array;
}

/** The places in a block from which its transactions are asked for; no block here has more. */
const PAGE_STARTS = [null, 99, 199, 299, 399];

function questionsOf({ slotFirst, slotLast, signatures, addresses, tokens }: Questions) {
  const questions: Question[] = [];
  const ask = (operation: OperationName, item: Uint8Array, ...name: readonly unknown[]) =>
    questions.push({ name: `${operation} ${name.join(' ')}`, operation, item });
  const limit = PAGE_ENTRIES_MAX;
  const span = { slotFirst: parseSlot(slotFirst), slotLast: parseSlot(slotLast) };

  for (let slot = slotFirst - 1; slot <= slotLast; slot += 1) {
    ask('block.get', encodeSlotArguments(parseSlot(slot)), slot);
    for (const afterIndex of PAGE_STARTS) {
      const page = { slot: parseSlot(slot), afterIndex, limit };
      ask('transactions.bySlot', encodeSlotTransactionsArguments(page), slot, afterIndex);
    }
  }
  for (const ascending of [true, false]) {
    const page = { ...span, ascending, after: null, limit };
    ask('blocks.range', encodeBlocksArguments(page), ascending);
  }
  for (const text of signatures) ask('transaction.get', signatureItem(parseSignature(text)), text);
  const list = (text: string, mint: string | null, ascending: boolean) => ({
    ...span,
    address: addressBytes(parseAddress(text)),
    mint: mint === null ? null : addressBytes(parseAddress(mint)),
    ascending,
    after: null,
    limit,
  });
  for (const text of addresses) {
    const address = addressBytes(parseAddress(text));
    ask('transactions.count', encodeCountArguments({ ...span, address }), text);
    for (const ascending of [true, false]) {
      const item = encodeHistoryArguments(list(text, null, ascending));
      ask('transactions.byAddress', item, text, ascending);
      ask('balanceHistory.byAddress', item, text, ascending);
    }
  }
  for (const [text, mint] of tokens) {
    const item = encodeHistoryArguments(list(text, mint, true));
    ask('balanceHistory.byAddress', item, text, mint);
  }
  return questions;
}

/** By question: the hash of the answer, or the code of the refusal. */
export async function historyAnswers(
  operator: OperatorUnderTest,
  pin: HeartbeatPin,
  asked: Questions,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const node = operator.node('archive');
  const askTogether = async (operation: OperationName, batch: readonly Question[]) => {
    const result = await node.call(operation, pin, ...batch.map(({ item }) => item));
    if (result.kind === 'items') {
      for (const [index, { name }] of batch.entries()) {
        const hash = createHash('sha256').update(result.items[index] ?? '');
        answers.set(name, hash.digest('hex'));
      }
    } else if (batch.length === 1 && result.byNode) {
      answers.set(batch[0]?.name ?? '', result.code);
    } else if (!result.byNode) {
      throw new Error(`${operation}: ${result.code}`);
    } else {
      // One refusal is the whole call's.
      for (const each of batch) await askTogether(operation, [each]);
    }
  };
  for (const [operation, questions] of Map.groupBy(questionsOf(asked), (each) => each.operation)) {
    const { itemsMax } = OPERATIONS[operation];
    for (let at = 0; at < questions.length; at += itemsMax) {
      await askTogether(operation, questions.slice(at, at + itemsMax));
    }
  }
  return answers;
}
