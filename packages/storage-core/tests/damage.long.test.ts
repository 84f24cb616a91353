// Many more damaged bytes than damage.test.ts has time for; every outcome is counted, and each kind that
// must be possible was seen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { damageRound, writeChain } from './support/damage-rounds.ts';

const ROUNDS = 400;
const folder = mkdtempSync(join(tmpdir(), 'streamsync-damage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a journal whose file was damaged at very many places', () => {
  it('answers the same or is rebuilt', async () => {
    const seed = Number(process.env.STREAMSYNC_SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`damage seed: STREAMSYNC_SEED=${seed}\n`);
    const whole = join(folder, 'whole');
    await writeChain(whole);
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state / 2 ** 32;
    };
    const outcomes = { same: 0, earlier: 0, rebuilt: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const path = join(folder, `round-${round}`, 'journal');
      outcomes[damageRound(whole, path, random).outcome] += 1;
      rmSync(join(folder, `round-${round}`), { recursive: true, force: true });
    }
    process.stdout.write(`damage outcomes: ${JSON.stringify(outcomes)}\n`);
    expect(outcomes.same).toBeGreaterThan(0);
    expect(outcomes.rebuilt).toBeGreaterThan(0);
  });
});
