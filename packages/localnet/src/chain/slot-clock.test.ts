import { describe, expect, it } from 'vitest';
import { startSlotClock } from './slot-clock.ts';

describe('the slot clock', () => {
  it('closes slots until it is stopped', async () => {
    let slots = 0;
    await new Promise<void>((resolve) => {
      const stop = startSlotClock({
        slotMs: 5,
        onFailed: () => {},
        chain: {
          advanceSlot() {
            slots += 1;
            if (slots === 3) {
              stop();
              resolve();
            }
            return undefined as never;
          },
        },
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(slots).toBe(3);
  });

  it('stops and says so when a slot cannot be closed', async () => {
    let tries = 0;
    const failure = await new Promise((resolve) => {
      startSlotClock({
        slotMs: 5,
        onFailed: resolve,
        chain: {
          advanceSlot() {
            tries += 1;
            throw new Error('disk full');
          },
        },
      });
    });
    expect(failure).toEqual(new Error('disk full'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(tries).toBe(1);
  });
});
