// How far a node is, in a cell of a table: what is left and how long that takes while it catches up,
// what is wrong with its source where something is, and nothing but a dash otherwise.
import type { PublicFacts } from '@streamsync/wire';

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
const MS_PER_SECOND = 1_000;
/** A node that is so many slots behind its source is catching up. */
const LAG_SLOTS_MIN = 8;

export function progressText(facts: PublicFacts, nowMs: number = Date.now()): string {
  const numberOf = (name: string): number | null => {
    const value = facts[name];
    return typeof value === 'bigint' ? Number(value) : null;
  };
  const parts: string[] = [];
  const stuckSinceMs = numberOf('sourceStuckSinceMs');
  if (stuckSinceMs !== null) {
    parts.push(`source silent for ${duration((nowMs - stuckSinceMs) / MS_PER_SECOND)}`);
  }
  const gaps = numberOf('gaps') ?? 0;
  if (gaps > 0) parts.push(`${gaps} gaps being fetched`);
  const lagSlots = numberOf('sourceLagSlots') ?? 0;
  const done = numberOf('slotsDone') ?? 0;
  const total = numberOf('slotsTotal') ?? 0;
  if (done < total) parts.push(`${done}/${total} slots`);
  else if (lagSlots >= LAG_SLOTS_MIN) parts.push(`${lagSlots} slots behind`);
  else return parts.join(', ') || '-';
  parts.push(`${numberOf('slotsPerSecond') ?? 0} slots/s`);
  parts.push(`${numberOf('transactionsPerSecond') ?? 0} tx/s`);
  const secondsLeft = numberOf('secondsLeft');
  if (secondsLeft !== null) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(', ');
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < SECONDS_PER_MINUTE) return `${whole} s`;
  if (whole < SECONDS_PER_HOUR) return `${Math.round(whole / SECONDS_PER_MINUTE)} min`;
  return `${Math.round((whole / SECONDS_PER_HOUR) * 10) / 10} h`;
}
