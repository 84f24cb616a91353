// A document's outline and its variables to a plan: stages, pools, cost bound, guarantee. Pure.
import { OPERATIONS, type OperationName, StreamSyncError } from '@streamsync/domain';
import type { Plan, PlannedOperation, QueryTerms } from '../pipeline/ports.ts';
import { type Factor, type OutlinedRead, operationOf } from './outline.ts';

type Variables = Readonly<Record<string, unknown>>;

/** @throws StreamSyncError QUERY_TOO_COMPLEX when the bound passes `costMilliUnitsMax` */
export function planReads(
  reads: readonly OutlinedRead[],
  variables: Variables,
  terms: QueryTerms,
  costMilliUnitsMax: number,
): Plan {
  const stages: Map<OperationName, number>[] = [];
  let cost = 0;
  for (const read of reads) {
    const operation = operationOf(read, variables);
    const items = read.factors.reduce((product, factor) => product * countOf(factor, variables), 1);
    cost += items * OPERATIONS[operation].class.costMilliUnits;
    while (stages.length <= read.stage) stages.push(new Map());
    const stage = stages[read.stage];
    stage?.set(operation, (stage.get(operation) ?? 0) + items);
  }
  if (cost > costMilliUnitsMax) {
    throw new StreamSyncError(
      'QUERY_TOO_COMPLEX',
      { costMilliUnits: cost, costMilliUnitsMax },
      {
        message: `The query may cost ${cost / 1_000} units, and ${costMilliUnitsMax / 1_000} are the limit: ask for shorter lists or fewer fields that read the chain.`,
      },
    );
  }
  const used = new Set(stages.flatMap((stage) => [...stage.keys()]));
  return {
    terms,
    stages: stages.map((stage) => ({ operations: [...stage].map(plannedOperation) })),
    pools: [...new Set([...used].map((operation) => OPERATIONS[operation].class.pool))],
    costMilliUnitsMax: cost,
    guaranteeMs: stages.reduce((sum, stage) => sum + slowestMs([...stage.keys()]), 0),
  };
}

const plannedOperation = ([operation, itemsMax]: [OperationName, number]): PlannedOperation => ({
  operation,
  itemsMax,
});

function slowestMs(operations: readonly OperationName[]): number {
  return Math.max(0, ...operations.map((operation) => OPERATIONS[operation].class.guaranteeMs));
}

function countOf(factor: Factor, variables: Variables): number {
  switch (factor.kind) {
    case 'fixed':
      return factor.count;
    case 'items': {
      const list = variables[factor.variable];
      return Array.isArray(list) ? list.length : 1;
    }
    case 'entries': {
      const count = variables[factor.variable];
      return typeof count === 'number' ? Math.max(0, Math.min(count, factor.max)) : factor.fallback;
    }
  }
}
