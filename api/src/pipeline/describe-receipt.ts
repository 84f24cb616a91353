// A receipt as `extensions.streamsync` shows it: plain JSON, slots as decimal text.
import type { QueryReceipt, RaceRecord } from './ports.ts';

export function describeReceipt(receipt: QueryReceipt): unknown {
  return {
    ...receipt,
    slot: receipt.slot.toString(),
    tip: receipt.tip.toString(),
    elapsedMs: round(receipt.elapsedMs),
    steps: roundAll(receipt.steps),
    races: receipt.races.map(describeRace),
  };
}

export function describeRace(race: RaceRecord): unknown {
  return {
    ...race,
    slot: race.slot.toString(),
    racers: race.racers.map((racer) => ({ ...racer, latencyMs: round(racer.latencyMs) })),
    steps: roundAll(race.steps),
  };
}

/** Microseconds: what the clock is good for. */
function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1_000) / 1_000;
}

function roundAll(steps: Readonly<Record<string, number | null>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(steps).map(([step, ms]) => [step, round(ms)]));
}
