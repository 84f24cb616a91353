import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSpAddress, parseSpAddress } from './sp-address.ts';
import {
  encodeHandshake,
  parseHandshake,
  readFrameLength,
  readUint32,
  SP_PROTOCOLS,
  writeFrameLength,
  writeUint32,
} from './sp-wire.ts';

describe('the SP handshake', () => {
  it('has the bytes of sp-tcp-mapping-01', () => {
    expect([...encodeHandshake('req')]).toEqual([0, 0x53, 0x50, 0, 0, 0x30, 0, 0]);
    expect([...encodeHandshake('rep')]).toEqual([0, 0x53, 0x50, 0, 0, 0x31, 0, 0]);
    expect([...encodeHandshake('pub')]).toEqual([0, 0x53, 0x50, 0, 0, 0x20, 0, 0]);
    expect([...encodeHandshake('sub')]).toEqual([0, 0x53, 0x50, 0, 0, 0x21, 0, 0]);
  });

  it('is read back, and any other fixed byte is refused', () => {
    const bytes = encodeHandshake('rep');
    expect(parseHandshake(bytes)).toBe(SP_PROTOCOLS.rep);
    for (const at of [0, 1, 2, 3, 6, 7]) {
      const wrong = bytes.slice();
      wrong[at] = 0xff;
      expect(parseHandshake(wrong), `byte ${at}`).toBeNull();
    }
    expect(parseHandshake(bytes.subarray(0, 7))).toBeNull();
  });
});

describe('numbers on the wire', () => {
  it('survive a round trip, unsigned', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const bytes = new Uint8Array(12);
        writeUint32(bytes, 4, value);
        expect(readUint32(bytes, 4)).toBe(value);
        expect(Buffer.from(bytes).readUInt32BE(4)).toBe(value);
        writeFrameLength(bytes, 2, value);
        expect(Buffer.from(bytes).readBigUInt64BE(2)).toBe(BigInt(value));
        expect(readFrameLength(bytes, 2)).toBe(value);
      }),
    );
  });

  it('read a length above 32 bits as more than any limit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n << 32n, max: (1n << 64n) - 1n }), (length) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64BE(length);
        expect(readFrameLength(bytes, 0)).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });
});

describe('SP addresses', () => {
  it.each([
    ['tcp://127.0.0.1:7700', { tls: false, host: '127.0.0.1', port: 7700 }],
    ['tls+tcp://node.example:0', { tls: true, host: 'node.example', port: 0 }],
    ['tcp://[::1]:65535', { tls: false, host: '::1', port: 65_535 }],
  ])('%s is parsed and printed', (text, address) => {
    expect(parseSpAddress(text)).toEqual(address);
    expect(formatSpAddress(address)).toBe(text);
  });

  it.each(['tcp://*:1', 'tcp://:1'])('%s means every interface', (text) => {
    expect(parseSpAddress(text)).toEqual({ tls: false, host: '0.0.0.0', port: 1 });
  });

  it.each([
    '',
    'tcp://host',
    'tcp://host:65536',
    'tcp://host:-1',
    'tcp://user@host:1',
    'tcp://::1:1',
    'http://host:1',
    'tcp://host:1/path',
    'ipc:///tmp/x',
  ])('%j is CONFIG_INVALID', (text) => {
    expect(() => parseSpAddress(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
