// Holds answers back, so that a person or a test sees another node win the race. Off by default.
import type { CallOutcome } from '@streamsync/networking-core';
import type { CallHandler } from './answer-call.ts';

/** Answers at once where `delayMs` is 0; otherwise computes the answer at once and sends it later. */
export function delayed(handle: CallHandler, delayMs: number): CallHandler {
  if (delayMs === 0) return handle;
  return (call, reply) =>
    handle(call, (outcome) => {
      // The store's bytes are valid until its next slot, which comes within the delay.
      const kept: CallOutcome =
        outcome.kind === 'items'
          ? { kind: 'items', items: outcome.items.map((item) => Uint8Array.from(item)) }
          : outcome;
      setTimeout(() => reply(kept), delayMs);
    });
}
