// The directives of an operation as terms. Pure.
import { type Slot, StreamSyncError } from '@streamsync/domain';
import {
  type GraphQLSchema,
  getDirectiveValues,
  type OperationDefinitionNode,
} from 'graphql/index.js';
import type { QueryTerms, RacerCount, Trust } from '../pipeline/ports.ts';

export const TERMS_DEFAULT: QueryTerms = Object.freeze({
  trust: 'MAJORITY',
  racers: 3,
  slot: null,
  deadlineMs: 2_000,
});

/** A query that waits longer holds memory for nobody: customers retry long before. */
export const DEADLINE_MS_MAX = 30_000;

/**
 * @param variables coerced: a directive takes what stands in them as it is
 * @throws StreamSyncError INVALID_ARGUMENT; GraphQLError for a value of a wrong type
 */
export function readTerms(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): QueryTerms {
  if (operation.directives === undefined || operation.directives.length === 0) return TERMS_DEFAULT;
  const valuesOf = (name: string): Record<string, unknown> | undefined => {
    const directive = schema.getDirective(name);
    return directive ? getDirectiveValues(directive, operation, variables) : undefined;
  };
  const consistency = valuesOf('consistency');
  return {
    trust: (consistency?.trust ?? TERMS_DEFAULT.trust) as Trust,
    racers: parseRacers(consistency?.racers ?? TERMS_DEFAULT.racers),
    slot: (valuesOf('slot')?.at ?? null) as Slot | null,
    deadlineMs: parseDeadline(valuesOf('deadline')?.ms ?? TERMS_DEFAULT.deadlineMs),
  };
}

function parseRacers(racers: unknown): RacerCount {
  if (racers === 3 || racers === 5) return racers;
  throw new StreamSyncError('INVALID_ARGUMENT', {}, { message: '"racers" is 3 or 5.' });
}

function parseDeadline(ms: unknown): number {
  if (typeof ms === 'number' && ms >= 1 && ms <= DEADLINE_MS_MAX) return ms;
  throw new StreamSyncError(
    'INVALID_ARGUMENT',
    {},
    { message: `The deadline is from 1 to ${DEADLINE_MS_MAX} ms.` },
  );
}
