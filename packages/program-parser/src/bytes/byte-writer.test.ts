import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.ts';

describe('ByteWriter', () => {
  it.each([
    ['u8', (writer: ByteWriter) => writer.u8(1), 1],
    ['u16', (writer: ByteWriter) => writer.u16(1), 2],
    ['u32', (writer: ByteWriter) => writer.u32(1), 4],
    ['u64', (writer: ByteWriter) => writer.u64(1n), 8],
  ] as const)('grows under a %s', (_name, write, sizeBytes) => {
    for (let before = 505; before <= 520; before += 1) {
      const writer = new ByteWriter();
      writer.skip(before);
      write(writer);
      const data = writer.finish(before + sizeBytes, []);
      expect([...data.subarray(before)]).toEqual([1, ...new Array(sizeBytes - 1).fill(0)]);
    }
  });
});
