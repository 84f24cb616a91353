// A document's outline and its variables to a plan: stages, pools, cost bound, guarantee. Pure.
import { OPERATIONS, type OperationName, StreamSyncError } from '@streamsync/domain';
import type { Plan, PlannedOperation, QueryTerms } from '../pipeline/ports.ts';
import { type Factor, type OutlinedRead, operationOf } from './outline.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Pages of one query at most: each may be half a megabyte, and is held until the query is served. */
export const PAGES_MAX = 100;

/** @throws StreamSyncError QUERY_TOO_COMPLEX past PAGES_MAX, and when the bound passes `costMilliUnitsMax` */
export function planReads(
  reads: readonly OutlinedRead[],
  variables: Variables,
  terms: QueryTerms,
  costMilliUnitsMax: number,
): Plan {
  const stages: Map<OperationName, number>[] = [];
  /** The operations of each stage, slots that have left the window read from history. */
  const pastStages: Set<OperationName>[] = [];
  let cost = 0;
  let pages = 0;
  for (const read of reads) {
    const stated = operationOf(read, variables);
    const operation = read.fromHistory ? fromHistory(stated) : stated;
    const pastOperation = isPast(read, variables, terms) ? fromHistory(operation) : operation;
    const items = read.factors.reduce((product, factor) => product * countOf(factor, variables), 1);
    cost += items * Math.max(milliUnitsOf(operation), milliUnitsOf(pastOperation));
    if (read.spec.entries !== undefined) pages += items;
    while (stages.length <= read.stage) {
      stages.push(new Map());
      pastStages.push(new Set());
    }
    const stage = stages[read.stage];
    stage?.set(operation, (stage.get(operation) ?? 0) + items);
    pastStages[read.stage]?.add(pastOperation);
  }
  if (pages > PAGES_MAX) {
    throw new StreamSyncError(
      'QUERY_TOO_COMPLEX',
      { pages, pagesMax: PAGES_MAX },
      { message: `The query may read ${pages} pages of lists, and ${PAGES_MAX} are the limit.` },
    );
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
    guaranteePastMs: pastStages.reduce((sum, stage) => sum + slowestMs([...stage]), 0),
  };
}

/** Whether a field may name a slot that has left the window, by its own argument or from above. */
function isPast({ past }: OutlinedRead, variables: Variables, terms: QueryTerms): boolean {
  return terms.slot !== null || past.some((name) => name === null || variables[name] != null);
}

/** What a point read becomes where its slot has left the window. */
function fromHistory(operation: OperationName): OperationName {
  return operation === 'account.get' ? 'account.at' : operation;
}

const milliUnitsOf = (operation: OperationName): number =>
  OPERATIONS[operation].class.costMilliUnits;

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
