// Holds answers back, so that a person or a test sees another node win the race. Off by default.
import type { CallOutcome } from '@streamsync/networking-core';
import type { Call } from '@streamsync/wire';

type Answer = (call: Call, reply: (outcome: CallOutcome) => void) => void;

/** Answers at once where `delayMs` is 0; otherwise computes the answer at once and sends it later. */
export function delayed(handle: (call: Call) => CallOutcome, delayMs: number): Answer {
  if (delayMs === 0) return (call, reply) => reply(handle(call));
  return (call, reply) => {
    const outcome = handle(call);
    // The store's bytes are valid until its next slot, which comes within the delay.
    const kept: CallOutcome =
      outcome.kind === 'items'
        ? { kind: 'items', items: outcome.items.map((item) => Uint8Array.from(item)) }
        : outcome;
    setTimeout(() => reply(kept), delayMs);
  };
}
