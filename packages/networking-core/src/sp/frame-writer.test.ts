import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { writeUint32 } from './sp-wire.ts';

/** Keeps what is written, one entry a write; a FrameWriter needs no more of a socket. */
class Sink extends Writable {
  readonly writes: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(Buffer.from(chunk));
    done();
  }
}

function newWriter(): { sink: Sink; writer: FrameWriter } {
  const sink = new Sink();
  return { sink, writer: new FrameWriter(sink as unknown as Socket) };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('FrameWriter', () => {
  it('writes all frames of one turn at once, and those of the next in another write', async () => {
    const { sink, writer } = newWriter();
    writer.add(0x8000_0001, Uint8Array.of(1));
    await Promise.resolve();
    writer.add(null, [Uint8Array.of(2), Uint8Array.of(3, 4)]);
    expect(writer.queuedBytes).toBe(8 + 4 + 1 + 8 + 3);
    await nextTurn();
    expect(sink.writes.map((bytes) => bytes.toString('hex'))).toEqual([
      '0000000000000005800000010100000000000000030203' + '04',
    ]);
    expect(writer.queuedBytes).toBe(0);
    writer.add(Uint8Array.of(9, 9, 9, 9), Uint8Array.of(5));
    await nextTurn();
    expect(sink.writes[1]?.toString('hex')).toBe('00000000000000050909090905');
    await nextTurn();
    expect(sink.writes.length).toBe(2);
  });

  it('has copied a payload before `add` returns', async () => {
    const { sink, writer } = newWriter();
    const scratch = Uint8Array.of(1, 2, 3);
    writer.add(null, scratch);
    scratch.fill(0xff);
    writer.add(null, scratch);
    await nextTurn();
    expect(sink.writes[0]?.toString('hex')).toBe(
      '0000000000000003010203' + '0000000000000003ffffff',
    );
  });

  it('writes what a FrameReader reads back, whatever the sizes and turns', async () => {
    const frame = fc.record({
      header: fc.option(fc.integer({ min: 0, max: 0xffff_ffff })),
      payload: fc.oneof(
        { weight: 5, arbitrary: fc.uint8Array({ maxLength: 50 }) },
        {
          weight: 1,
          arbitrary: fc
            .integer({ min: 5_000, max: 70_000 })
            .map((length) => new Uint8Array(length).fill(length)),
        },
      ),
      turnAfter: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 25 }), async (frames) => {
        const { sink, writer } = newWriter();
        const sent: string[] = [];
        for (const { header, payload, turnAfter } of frames) {
          writer.add(header, payload);
          const word = new Uint8Array(header === null ? 0 : 4);
          if (header !== null) writeUint32(word, 0, header);
          sent.push(Buffer.concat([word, payload]).toString('hex'));
          if (turnAfter) await nextTurn();
        }
        await nextTurn();
        const got: string[] = [];
        const reader = new FrameReader(100_000, (buffer, start, end) => {
          got.push(Buffer.from(buffer.subarray(start, end)).toString('hex'));
        });
        for (const chunk of sink.writes) reader.push(chunk);
        expect(got).toEqual(sent);
      }),
    );
  });
});
