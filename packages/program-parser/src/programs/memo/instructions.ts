// The memo programs: data is UTF-8 text, each account given must have signed. Source: spl-memo.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

export const MEMO_V1_PROGRAM = 'Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo' as Address;
/** Versions 2 and 3 of the crate. */
export const MEMO_V3_PROGRAM = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr' as Address;
/** The one that newer clients call. */
export const MEMO_V4_PROGRAM = 'Memo4c2pN8afCj432Lb7RMVKi9PbQnnW7ewFFaV3oAH' as Address;

export const MEMO_INSTRUCTIONS = instructionTable({
  program: 'memo',
  programIds: [MEMO_V1_PROGRAM, MEMO_V3_PROGRAM, MEMO_V4_PROGRAM],
  tagWidth: 'u8',
  instructions: {
    addMemo: instruction(null, ['...signers'], { memo: arg.restText }),
  },
});
