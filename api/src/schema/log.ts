// What the programs of a transaction logged, as the calls that they made.
import type { TransactionRecord } from '@streamsync/domain';
import {
  type Invocation,
  type LogLine,
  type ParsedLogs,
  parseLogs,
} from '@streamsync/program-parser';
import { builder } from './builder.ts';

const PARSED = new WeakMap<TransactionRecord, ParsedLogs>();

/** Null where the source states no logs. */
export function logsOf(record: TransactionRecord): ParsedLogs | null {
  if (record.logs === null) return null;
  const known = PARSED.get(record) ?? parseLogs(record.logs);
  PARSED.set(record, known);
  return known;
}

/** Each call before those that it made: the order in which they began. */
export function flattened(invocations: readonly Invocation[]): Invocation[] {
  return invocations.flatMap((each) => [each, ...flattened(each.invocations)]);
}

const LogLineKindRef = builder.enumType('LogLineKind', {
  values: {
    LOG: { description: 'Text that the program wrote.' },
    DATA: { description: 'Fields that the program wrote, base64 each: events, mostly.' },
    RETURN: { description: 'What the program returned, base64.' },
    OTHER: { description: 'A line of a built-in program, or of a form that is not known.' },
  } as const,
});

const LogLineRef = builder.objectRef<LogLine>('LogLine').implement({
  description: 'One line that a program logged.',
  fields: (t) => ({
    kind: t.field({
      type: LogLineKindRef,
      nullable: false,
      resolve: ({ kind }) => kind.toUpperCase() as Uppercase<typeof kind>,
    }),
    text: t.string({
      nullable: false,
      description: 'Without the prefix of its kind.',
      resolve: (line) => {
        if (line.kind === 'data') return line.fields.join(' ');
        return line.kind === 'return' ? line.data : line.text;
      },
    }),
    fields: t.stringList({
      nullable: { list: true, items: false },
      description: 'The fields of a DATA line, base64 each.',
      resolve: (line) => (line.kind === 'data' ? [...line.fields] : null),
    }),
  }),
});

const InvocationOutcomeRef = builder.enumType('InvocationOutcome', {
  values: {
    SUCCEEDED: {},
    FAILED: {},
    UNKNOWN: { description: 'The log ends, or was cut, before it says.' },
  } as const,
});

export const InvocationRef = builder.objectRef<Invocation>('Invocation');

InvocationRef.implement({
  description: 'One call of a program, as the log of its transaction tells of it.',
  fields: (t) => ({
    programId: t.expose('programId', { type: 'Address', nullable: false }),
    depth: t.exposeInt('depth', {
      nullable: false,
      description: '1 for an instruction of the message, 2 for what it invoked, …',
    }),
    outcome: t.field({
      type: InvocationOutcomeRef,
      nullable: false,
      resolve: ({ outcome }) => outcome.toUpperCase() as Uppercase<typeof outcome>,
    }),
    error: t.string({
      description: 'Why it failed, in the words of the runtime.',
      resolve: ({ failure }) => failure,
    }),
    computeUnits: t.field({
      type: 'U64',
      description:
        'What it consumed, with the calls that it made; null where the log does not say.',
      resolve: ({ computeUnitsConsumed }) => computeUnitsConsumed,
    }),
    computeUnitsLimit: t.field({
      type: 'U64',
      description: 'What was left for it when it was called.',
      resolve: (invocation) => invocation.computeUnitsLimit,
    }),
    lines: t.field({
      type: [LogLineRef],
      nullable: { list: false, items: false },
      description: 'Its own, without those of the calls that it made.',
      resolve: ({ lines }) => [...lines],
    }),
    invocations: t.field({
      type: [InvocationRef],
      nullable: { list: false, items: false },
      description: 'The calls that it made.',
      resolve: ({ invocations }) => [...invocations],
    }),
  }),
});
