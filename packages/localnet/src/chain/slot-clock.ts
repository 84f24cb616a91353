// Closes a slot every `slotMs`. A late timer moves the whole beat on: slots are never made up for in
// a burst, because each must leave its transactions time to arrive.
import type { Chain } from './chain.ts';

/** The slot time of Solana's clusters. */
export const DEFAULT_SLOT_MS = 400;

/** @returns a function that stops the clock */
export function startSlotClock(options: {
  readonly chain: Pick<Chain, 'advanceSlot'>;
  readonly slotMs: number;
  /** The clock has stopped, because a slot could not be closed. */
  readonly onFailed: (cause: unknown) => void;
}): () => void {
  const { chain, slotMs, onFailed } = options;
  let dueMs = performance.now() + slotMs;
  let timer: NodeJS.Timeout | undefined;
  let isRunning = true;
  const arm = () => {
    timer = setTimeout(tick, Math.max(0, dueMs - performance.now()));
  };
  const tick = () => {
    try {
      chain.advanceSlot();
    } catch (cause) {
      onFailed(cause);
      return;
    }
    if (!isRunning) return;
    dueMs = Math.max(dueMs + slotMs, performance.now() + slotMs / 2);
    arm();
  };
  arm();
  return () => {
    isRunning = false;
    clearTimeout(timer);
  };
}
