// One query's story as a person reads it: when it was planned and pinned, who raced, who answered
// what and when, who confirmed it. Pure: a receipt's JSON in, text out.
import type { QueryReceipt, RaceRecord, RacerRecord } from '../../pipeline/ports.ts';

type Written<Value> = Value extends bigint
  ? string
  : Value extends string | number | boolean | null
    ? Value
    : { readonly [Key in keyof Value]: Written<Value[Key]> };

/** A receipt as JSON has it: u64 as text. */
export type StoryReceipt = Written<QueryReceipt>;
type StoryRace = Written<RaceRecord>;
type StoryRacer = Written<RacerRecord>;

const OUTCOMES: Readonly<Record<string, string>> = {
  winner: 'won',
  verifier: 'verified',
  agreed: 'agreed, after the verifiers',
  disagreed: 'DISAGREED',
  failed: 'failed',
  late: 'gave no answer in time',
  pending: 'was still open',
};

const ms = (value: number | null): string => (value === null ? '–' : `${value.toFixed(2)} ms`);

export function printStory(receipt: StoryReceipt): string {
  const { steps } = receipt;
  const lines = [
    `query ${receipt.queryId}`,
    `  served    ${new Date(receipt.servedAtMs).toISOString()}, after ${ms(receipt.elapsedMs)}`,
    `  guarantee ${receipt.guaranteeMs} ms: ${receipt.guaranteeMet ? 'met' : 'MISSED, the query is free'}`,
    `  pinned    slot ${receipt.slot} (${receipt.blockhash}), tip ${receipt.tip}, ${receipt.provenance}`,
    `  trust     ${receipt.trust}; cost ${receipt.costMilliUnits / 1_000} units`,
    `  steps     plan ${ms(steps.planMs)}, pin ${ms(steps.pinMs)}, execute ${ms(steps.executeMs)}`,
    ...receipt.races.flatMap(raceLines),
  ];
  return `${lines.join('\n')}\n`;
}

function raceLines(race: StoryRace): string[] {
  const { steps } = race;
  const verdict =
    race.error === null ? `served ${short(race.resultHash)}` : `ended with ${race.error}`;
  return [
    '',
    `race ${race.id}: ${race.operation} × ${race.items} (${race.operationClass}), ${verdict}`,
    `  selected ${ms(steps.selectedMs)}, sent ${ms(steps.sentMs)}, first answer ${ms(steps.firstAnswerMs)}, ` +
      `served ${ms(steps.servedMs)}, collected ${ms(steps.collectedMs)}`,
    ...race.racers.map(racerLine),
  ];
}

function racerLine(racer: StoryRacer): string {
  const outcome = OUTCOMES[racer.outcome] ?? racer.outcome;
  const said = racer.resultHash === null ? '' : `, said ${short(racer.resultHash)}`;
  const error = racer.error === null ? '' : ` (${racer.error})`;
  const attested = racer.attested === null ? '' : racer.attested ? ', attested' : ', NOT ATTESTED';
  const latency = racer.latencyMs === null ? '' : ` after ${ms(racer.latencyMs)}`;
  return `  ${racer.operator.padEnd(16)} ${racer.nodeKey.slice(0, 12)}  ${outcome}${error}${latency}${said}${attested}`;
}

function short(hash: string | null): string {
  return hash === null ? 'nothing' : hash.slice(0, 12);
}
