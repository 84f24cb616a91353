import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trace } from './trace.ts';

const queryId = 'ab'.repeat(16);
const receipt = {
  queryId,
  slot: '447552010',
  blockhash: 'EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N',
  tip: '447552012',
  provenance: 'STREAMED',
  trust: 'MAJORITY',
  guaranteeMs: 10,
  elapsedMs: 1.234,
  guaranteeMet: true,
  costMilliUnits: 1_000,
  servedAtMs: 1_700_000_000_000,
  steps: { planMs: 0.1, pinMs: 0.02, executeMs: 1 },
  races: [
    {
      id: `${queryId}-0`,
      operation: 'account.get',
      operationClass: 'POINT_READ',
      items: 1,
      slot: '447552010',
      trust: 'MAJORITY',
      racers: [
        {
          nodeKey: '11'.repeat(32),
          operator: 'acme',
          outcome: 'winner',
          error: null,
          latencyMs: 0.41,
          resultHash: 'cd'.repeat(32),
          attested: true,
        },
        {
          nodeKey: '22'.repeat(32),
          operator: 'other',
          outcome: 'failed',
          error: 'BAD_MAC',
          latencyMs: null,
          resultHash: null,
          attested: null,
        },
      ],
      winner: '11'.repeat(32),
      verifiers: [],
      resultHash: 'cd'.repeat(32),
      error: null,
      steps: { selectedMs: 0.1, sentMs: 0.2, firstAnswerMs: 0.5, servedMs: 0.6, collectedMs: null },
    },
  ],
};

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trace-'));
  mkdirSync(join(dir, 'gateway', 'data'), { recursive: true });
  const cut = `{"queryId":"${queryId}", "slo`;
  const file = join(dir, 'gateway', 'data', 'receipts.jsonl');
  writeFileSync(file, `${cut}\n${JSON.stringify(receipt)}\n`);
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function story(id: string, json = false): Promise<string> {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  await trace(id, { dir, json, write, lookMsMax: 0 });
  return text;
}

describe('trace', () => {
  it("tells one query's story: slot, races, who answered when, who verified", async () => {
    const text = await story(queryId);
    for (const part of [
      queryId,
      'slot 447552010',
      'acme',
      'won after 0.41 ms, said cdcdcdcdcdcd, attested',
      'failed (BAD_MAC)',
      'execute 1.00 ms',
      'guarantee 10 ms: met',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('prints the receipt as JSON', async () => {
    expect(JSON.parse(await story(queryId, true))).toEqual(receipt);
  });

  it('says so where there is no such receipt, and what a query id is', async () => {
    await expect(story('00'.repeat(16))).rejects.toThrow('No receipt of that query');
    await expect(story('7')).rejects.toThrow('32 hex digits');
  });
});
