// Blocks by slot, and the blocks of a range: skipped slots have none, and that is an answer.
import type { ArchiveReader } from '@streamsync/storage-core';
import { decodeBlocksArguments, decodeSlotArguments, encodeBlocksPage } from '@streamsync/wire';
import type { AnswerItem } from '../specialisation.ts';
import { coveredOr } from './covered-or.ts';

export function blockGet(history: ArchiveReader): AnswerItem {
  return (item, pinSlot) => {
    const slot = decodeSlotArguments(item);
    if (slot > pinSlot) return 'INVALID_ARGUMENT';
    return coveredOr(history.block(slot), (block) => block);
  };
}

export function blocksRange(history: ArchiveReader): AnswerItem {
  return (item, pinSlot) => {
    const query = decodeBlocksArguments(item);
    if (query.slotLast > pinSlot) return 'INVALID_ARGUMENT';
    return coveredOr(history.blocks(query), encodeBlocksPage);
  };
}
