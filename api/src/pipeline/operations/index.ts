// Every operation that a field can read, by its name, and the types that follow from it.
import type { OperationName } from '@streamsync/domain';
import { ACCOUNT_OPERATIONS } from './accounts.ts';
import type { OperationCodec } from './codec.ts';
import { HISTORY_OPERATIONS } from './history.ts';
import { LIST_OPERATIONS } from './lists.ts';

export const CODECS = {
  ...ACCOUNT_OPERATIONS,
  ...LIST_OPERATIONS,
  ...HISTORY_OPERATIONS,
} as const satisfies Partial<Record<OperationName, OperationCodec<never, unknown>>>;

type Codecs = typeof CODECS;

/** Operations that resolvers read. */
export type ReadableOperation = keyof Codecs;

export type ArgumentsOf<Name extends ReadableOperation> = Parameters<Codecs[Name]['encode']>[0];
export type ValueOf<Name extends ReadableOperation> = ReturnType<Codecs[Name]['decode']>;
