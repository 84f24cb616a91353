import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeKey, OperatorId, Slot } from '@streamsync/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecidedRace, QueryReceipt, RaceRecord } from '../pipeline/ports.ts';
import { findReceipt } from './find-receipt.ts';
import { RECEIPT_FILES, ReceiptFile } from './receipt-file.ts';
import { ReceiptRing } from './receipt-ring.ts';
import { createReceipts } from './receipts.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'receipts-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const idOf = (index: number): string => index.toString(16).padStart(32, '0');

function receiptOf(index: number): Omit<QueryReceipt, 'races'> {
  return {
    queryId: idOf(index),
    slot: 18_446_744_073_709_551_615n as Slot,
    blockhash: 'hash',
    tip: 5n as Slot,
    provenance: 'STREAMED',
    trust: 'MAJORITY',
    guaranteeMs: 10,
    elapsedMs: 1.5,
    guaranteeMet: true,
    costMilliUnits: 1_000,
    servedAtMs: 1_700_000_000_000,
    steps: { planMs: 0.1, pinMs: 0.1, executeMs: 1 },
  };
}

function raceOf(index: number, attested: () => boolean | null, position = 0): DecidedRace {
  return {
    outcome: { kind: 'served', items: [] },
    record: (): RaceRecord => ({
      id: `${idOf(index)}-${position}`,
      operation: 'account.get',
      operationClass: 'POINT_READ',
      items: 1,
      slot: 5n as Slot,
      trust: 'MAJORITY',
      racers: [
        {
          nodeKey: 'aa' as NodeKey,
          operator: 'acme' as OperatorId,
          outcome: 'winner',
          error: null,
          latencyMs: 0.5,
          resultHash: 'bb',
          attested: attested(),
        },
      ],
      winner: 'aa' as NodeKey,
      verifiers: [],
      resultHash: 'bb',
      error: null,
      steps: { selectedMs: 0, sentMs: 0, firstAnswerMs: 1, servedMs: 1, collectedMs: 1 },
    }),
  };
}

describe('the ring of receipts', () => {
  it('keeps the newest queries and drops the oldest, races counted too', () => {
    const ring = new ReceiptRing(10);
    for (let index = 0; index < 1_000; index += 1) {
      ring.add({ receipt: receiptOf(index), races: [raceOf(index, () => true)] });
      expect(ring.queries).toBeLessThanOrEqual(10);
    }
    expect(ring.query(idOf(989))).toBeNull();
    expect(ring.race(`${idOf(989)}-0`)).toBeNull();
    expect(ring.query(idOf(990))?.races).toHaveLength(1);
    expect(ring.race(`${idOf(999)}-0`)?.id).toBe(`${idOf(999)}-0`);
    expect(ring.race(`${idOf(999)}-1`)).toBeNull();
    expect(ring.race('nonsense')).toBeNull();
    const races = [0, 1, 2, 3, 4, 5].map((position) => raceOf(2_000, () => true, position));
    ring.add({ receipt: receiptOf(2_000), races });
    expect([ring.queries, ring.races]).toEqual([5, 10]);
  });

  it('shows a race as it stands when it is asked for', () => {
    let attested: boolean | null = null;
    const ring = new ReceiptRing();
    ring.add({ receipt: receiptOf(1), races: [raceOf(1, () => attested)] });
    expect(ring.query(idOf(1))?.races[0]?.racers[0]?.attested).toBeNull();
    attested = true;
    expect(ring.query(idOf(1))?.races[0]?.racers[0]?.attested).toBe(true);
  });
});

describe('the files of receipts', () => {
  it('hold a receipt once its races are settled, u64 as text', async () => {
    const receipts = createReceipts({ folder, nowMs: () => 0, onFailure: fail });
    receipts.issue(receiptOf(7), [raceOf(7, () => true)]);
    await receipts.stop();
    const written = await findReceipt(folder, idOf(7));
    expect(written).toMatchObject({
      queryId: idOf(7),
      slot: '18446744073709551615',
      races: [{ slot: '5', racers: [{ attested: true }] }],
    });
    expect(await findReceipt(folder, idOf(8))).toBeNull();
  });

  it('wait for attestations, and for no longer than three seconds', async () => {
    let nowMs = 0;
    const file = new ReceiptFile({ folder, nowMs: () => nowMs, onFailure: fail });
    file.add({ receipt: receiptOf(1), races: [raceOf(1, () => null)] });
    file.add({ receipt: receiptOf(2), races: [raceOf(2, () => true)] });
    const content = (): string => readFileSync(join(folder, RECEIPT_FILES.current), 'utf8');
    await expect.poll(() => readdirSync(folder)).toContain(RECEIPT_FILES.current);
    await expect.poll(content).toContain(idOf(2));
    expect(content()).not.toContain(idOf(1));
    nowMs = 3_001;
    await expect.poll(content).toContain(idOf(1));
    await file.stop();
  });

  it('are two, of a size that is capped', async () => {
    const options = { folder, nowMs: () => 0, onFailure: fail, fileBytesMax: 50_000 };
    for (let round = 0; round < 5; round += 1) {
      const file = new ReceiptFile(options);
      for (let index = 0; index < 100; index += 1) {
        const id = round * 100 + index;
        file.add({ receipt: receiptOf(id), races: [raceOf(id, () => true)] });
      }
      await file.stop();
    }
    expect(readdirSync(folder).toSorted()).toEqual(Object.values(RECEIPT_FILES).toSorted());
    for (const name of Object.values(RECEIPT_FILES)) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(50_000);
    }
    expect(await findReceipt(folder, idOf(499))).not.toBeNull();
    expect(await findReceipt(folder, idOf(0))).toBeNull();
  });

  it('are found after a restart, with their races, also when they are replaced meanwhile', async () => {
    const open = () => createReceipts({ folder, nowMs: () => 0, onFailure: fail });
    const first = open();
    // Long enough lines that many chunks are read, and lines lie across their edges.
    const wide = (index: number) =>
      Array.from({ length: 20 }, (_, position) => raceOf(index, () => true, position));
    for (let index = 0; index < 200; index += 1) first.issue(receiptOf(index), wide(index));
    await first.stop();
    renameSync(join(folder, RECEIPT_FILES.current), join(folder, RECEIPT_FILES.older));
    const second = open();
    for (let index = 200; index < 400; index += 1) second.issue(receiptOf(index), wide(index));
    await second.stop();

    const third = open();
    for (let index = 0; index < 400; index += 1) {
      expect(await third.query(idOf(index)), `receipt ${index}`).toEqual({
        ...receiptOf(index),
        races: wide(index).map((race) => race.record()),
      });
    }
    rmSync(join(folder, RECEIPT_FILES.older));
    expect(await third.race(`${idOf(3)}-19`)).toEqual(raceOf(3, () => true, 19).record());
    for (const unknown of [`${idOf(3)}-20`, `${idOf(400)}-0`, 'nonsense', '']) {
      expect(await third.race(unknown)).toBeNull();
    }
    expect(await third.query(idOf(400))).toBeNull();
    await third.stop();
  });

  it('that cannot be written are told of, and cost the receipts in memory nothing', async () => {
    const failures: unknown[] = [];
    const receipts = createReceipts({
      folder,
      nowMs: () => 0,
      onFailure: (error) => failures.push(error),
    });
    rmSync(folder, { recursive: true });
    receipts.issue(receiptOf(1), [raceOf(1, () => true)]);
    await receipts.stop();
    expect(failures).toHaveLength(1);
    expect(receipts.query(idOf(1))).not.toBeNull();
  });
});

function fail(error: unknown): void {
  throw error;
}
