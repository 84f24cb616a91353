// Races and receipts: who answered what, how fast, and what was served. They are read from what this
// gateway keeps; older ids give null.
import type { QueryReceipt, RaceRecord, RacerRecord } from '../pipeline/ports.ts';
import { builder } from './builder.ts';

const RacerOutcome = builder.enumType('RacerOutcome', {
  values: {
    WINNER: { value: 'winner' },
    VERIFIER: { value: 'verifier' },
    AGREED: { value: 'agreed', description: "Agreed after the verifiers' places were taken." },
    DISAGREED: { value: 'disagreed', description: 'Answered other bytes at the same pin.' },
    FAILED: { value: 'failed', description: 'Answered an error, or broke the protocol.' },
    LATE: { value: 'late' },
    PENDING: { value: 'pending', description: 'The race still collects.' },
  } as const,
});

const RacerRef = builder.objectRef<RacerRecord>('Racer').implement({
  fields: (t) => ({
    node: t.exposeString('nodeKey', { nullable: false, description: "The node's key, in hex." }),
    operator: t.exposeString('operator', { nullable: false }),
    outcome: t.field({
      type: RacerOutcome,
      nullable: false,
      resolve: (racer) => racer.outcome,
    }),
    error: t.exposeString('error'),
    latencyMs: t.exposeFloat('latencyMs'),
    resultHash: t.exposeString('resultHash', { description: 'SHA-256 of its body, in hex.' }),
    attested: t.exposeBoolean('attested', {
      description: 'Whether a signed root covers its answer; null until the root is due.',
    }),
  }),
});

const StepsRef = builder.objectRef<RaceRecord['steps']>('RaceSteps').implement({
  description: 'Milliseconds from the start of the race.',
  fields: (t) => ({
    selectedMs: t.exposeFloat('selectedMs', { nullable: false }),
    sentMs: t.exposeFloat('sentMs', { nullable: false }),
    firstAnswerMs: t.exposeFloat('firstAnswerMs'),
    servedMs: t.exposeFloat('servedMs'),
    collectedMs: t.exposeFloat('collectedMs'),
  }),
});

const RaceRef = builder.objectRef<RaceRecord>('Race').implement({
  description: 'One operation sent to several nodes at one slot.',
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false }),
    operation: t.exposeString('operation', { nullable: false }),
    operationClass: t.exposeString('operationClass', { nullable: false }),
    items: t.exposeInt('items', { nullable: false }),
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    trust: t.exposeString('trust', { nullable: false }),
    racers: t.field({
      type: [RacerRef],
      nullable: { list: false, items: false },
      resolve: (race) => [...race.racers],
    }),
    winner: t.exposeString('winner'),
    verifiers: t.stringList({
      nullable: { list: false, items: false },
      resolve: (race) => [...race.verifiers],
    }),
    resultHash: t.exposeString('resultHash'),
    error: t.exposeString('error'),
    steps: t.expose('steps', { type: StepsRef, nullable: false }),
  }),
});

const ReceiptRef = builder.objectRef<QueryReceipt>('Receipt').implement({
  description: 'The record of one served query.',
  fields: (t) => ({
    queryId: t.exposeID('queryId', { nullable: false }),
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    blockhash: t.exposeString('blockhash', { nullable: false }),
    tip: t.expose('tip', { type: 'Slot', nullable: false }),
    provenance: t.exposeString('provenance', { nullable: false }),
    trust: t.exposeString('trust', { nullable: false }),
    guaranteeMs: t.exposeFloat('guaranteeMs', { nullable: false }),
    elapsedMs: t.exposeFloat('elapsedMs', { nullable: false }),
    guaranteeMet: t.exposeBoolean('guaranteeMet', { nullable: false }),
    costMilliUnits: t.exposeInt('costMilliUnits', { nullable: false }),
    servedAtMs: t.field({
      type: 'I64',
      nullable: false,
      description: 'Unix milliseconds.',
      resolve: (receipt) => BigInt(receipt.servedAtMs),
    }),
    races: t.field({
      type: [RaceRef],
      nullable: { list: false, items: false },
      resolve: (receipt) => [...receipt.races],
    }),
  }),
});

builder.queryFields((t) => ({
  race: t.field({
    type: RaceRef,
    description: 'A race by the id that a receipt names.',
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => context.receipts.race(String(id)),
  }),
  receipt: t.field({
    type: ReceiptRef,
    description: 'The receipt of a query, with its races as they settled.',
    args: { queryId: t.arg.id({ required: true }) },
    resolve: (_root, { queryId }, context) => context.receipts.query(String(queryId)),
  }),
}));
