// The memo programs: data is UTF-8 text, each account given must have signed. Source: spl-memo.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

export const MEMO_V1_PROGRAM = 'Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo' as Address;
export const MEMO_PROGRAM = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr' as Address;

export const MEMO_INSTRUCTIONS = instructionTable({
  program: 'memo',
  programIds: [MEMO_V1_PROGRAM, MEMO_PROGRAM],
  tagWidth: 'u8',
  instructions: {
    addMemo: instruction(null, ['...signers'], { memo: arg.restText }),
  },
});
