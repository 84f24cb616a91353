import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { FRAME_HEADER_BYTES, writeFrameLength } from './sp-wire.ts';

const LIMIT_BYTES = 300_000;

function encodeFrames(payloads: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    payloads.flatMap((payload) => {
      const header = new Uint8Array(FRAME_HEADER_BYTES);
      writeFrameLength(header, 0, payload.length);
      return [header, payload];
    }),
  );
}

function splitAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const sorted = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((cut, index) => bytes.slice(sorted[index], cut));
}

const payloadArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 60_000, max: LIMIT_BYTES })
      .map((length) => Uint8Array.from({ length }, (_, index) => index * 7)),
  },
);

describe('FrameReader', () => {
  it('gives the same frames however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(payloadArbitrary, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (payloads, cuts) => {
          const got: Uint8Array[] = [];
          const reader = new FrameReader(LIMIT_BYTES, (buffer, start, end) => {
            got.push(buffer.slice(start, end));
          });
          for (const chunk of splitAt(encodeFrames(payloads), cuts)) {
            expect(reader.push(chunk)).toBe('ok');
          }
          expect(got.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
            payloads.map((payload) => Buffer.from(payload).toString('hex')),
          );
          expect(reader.midFrame).toBe(false);
        },
      ),
    );
  });

  it('loses and repeats nothing when it is halted after some frames and resumed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        fc.infiniteStream(fc.boolean()),
        (payloads, cuts, halts) => {
          const got: string[] = [];
          const reader: FrameReader = new FrameReader(LIMIT_BYTES, (buffer, start, end) => {
            expect(reader.halted).toBe(false);
            got.push(Buffer.from(buffer.subarray(start, end)).toString('hex'));
            if (halts.next().value) reader.halt();
          });
          for (const chunk of splitAt(encodeFrames(payloads), cuts)) {
            reader.push(chunk);
            if (halts.next().value) reader.resume();
          }
          for (let turn = 0; turn <= payloads.length; turn += 1) reader.resume();
          expect(got).toEqual(payloads.map((payload) => Buffer.from(payload).toString('hex')));
        },
      ),
    );
  });

  it('hands on a frame that lies whole in a chunk without copying it', () => {
    const chunk = encodeFrames([Uint8Array.of(1, 2, 3)]);
    let seen: Uint8Array | null = null;
    new FrameReader(10, (buffer) => {
      seen = buffer;
    }).push(chunk);
    expect(seen).toBe(chunk);
  });

  it('takes a frame of exactly the limit and refuses one byte more at its header', () => {
    const sizes: number[] = [];
    const reader = new FrameReader(5, (_, start, end) => sizes.push(end - start));
    expect(reader.push(encodeFrames([new Uint8Array(5)]))).toBe('ok');
    const header = new Uint8Array(FRAME_HEADER_BYTES);
    writeFrameLength(header, 0, 6);
    expect(reader.push(header)).toBe('oversize');
    expect(sizes).toEqual([5]);
  });

  it('keeps little for a header that announces much and brings nothing', () => {
    const limit = 1024 * 1024 * 1024;
    const header = new Uint8Array(FRAME_HEADER_BYTES);
    writeFrameLength(header, 0, limit);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 20 }, () => new FrameReader(limit, () => {}));
    for (const reader of readers) {
      reader.push(header);
      reader.push(Uint8Array.of(1));
      expect(reader.midFrame).toBe(true);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 200_000);
  });
});
