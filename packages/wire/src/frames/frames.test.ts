import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pureCrypto } from '../crypto/pure.ts';
import {
  decodeAnswer,
  decodeBody,
  decodeErrorAnswer,
  encodeAnswer,
  encodeBody,
  encodeErrorAnswer,
} from './answer.ts';
import { MESSAGE_KIND } from './kinds.ts';
import {
  decodePublicCall,
  decodePublicReply,
  decodeRefusal,
  encodePublicCall,
  encodePublicReply,
  encodeRefusal,
} from './public.ts';
import { decodeCall, encodeCall, encodeRequest } from './request.ts';
import { messageKind, openFrame, verifyFrame } from './sealed-frame.ts';

const fixed = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const sequence = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const address = fc.record({ sessionId: fixed(16), sequence });
const call = fc.record({
  queryId: fixed(16),
  operation: fc.constantFrom('account.get', 'transaction.get'),
  slot: u64,
  blockhash: fixed(32),
  budgetMs: fc.nat(),
  items: fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 }),
});
const answer = fc.record({
  slot: u64,
  blockhash: fixed(32),
  servedAtMs: sequence,
  leafSequenceFirst: sequence,
  body: fc.uint8Array({ maxLength: 70_000 }),
});

describe('sealed frames', () => {
  it('carry requests and answers whole', () => {
    fc.assert(
      fc.property(fixed(32), address, call, answer, (key, where, asked, answered) => {
        const request = openFrame(
          encodeRequest(pureCrypto, key, { ...where, payload: encodeCall(asked) }),
        );
        expect(request).toMatchObject({ kind: MESSAGE_KIND.request, ...where });
        expect(decodeCall(request.payload)).toEqual(asked);
        const reply = openFrame(encodeAnswer(pureCrypto, key, where, answered));
        expect(reply).toMatchObject({ kind: MESSAGE_KIND.answer, ...where });
        expect(verifyFrame(pureCrypto, key, reply)).toBe(true);
        expect(decodeAnswer(reply.payload)).toEqual(answered);
      }),
      { numRuns: 50 },
    );
  });

  it('show every changed bit and every other key', () => {
    fc.assert(
      fc.property(fixed(32), address, answer, fc.nat(), fc.nat(7), (key, where, body, at, bit) => {
        const bytes = encodeAnswer(pureCrypto, key, where, body);
        const damaged = Uint8Array.from(bytes);
        const position = at % bytes.length;
        damaged[position] = (damaged[position] as number) ^ (1 << bit);
        let accepted = false;
        try {
          accepted = verifyFrame(pureCrypto, key, openFrame(damaged));
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED_MESSAGE' });
        }
        expect(accepted).toBe(false);
        const otherKey = Uint8Array.from(key);
        otherKey[0] = (otherKey[0] as number) ^ 1;
        expect(verifyFrame(pureCrypto, otherKey, openFrame(bytes))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('carry errors by code', () => {
    const error = { code: 'NOT_COVERED', message: 'Not here.' };
    const where = { sessionId: new Uint8Array(16), sequence: 7 };
    const frame = openFrame(encodeErrorAnswer(pureCrypto, new Uint8Array(32), where, error));
    expect(frame.kind).toBe(MESSAGE_KIND.errorAnswer);
    expect(decodeErrorAnswer(frame.payload)).toEqual(error);
  });
});

describe('bodies', () => {
  it('hold exactly the items that the call asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }), (items) => {
        const body = encodeBody(items);
        expect(decodeBody(body, items.length)).toEqual(items);
        expect(() => decodeBody(body, items.length + 1)).toThrow();
      }),
    );
  });
});

describe('public messages', () => {
  it('are told apart by their first three bytes', () => {
    expect(messageKind(encodePublicCall('node.info'))).toBe(MESSAGE_KIND.publicCall);
    expect(messageKind(encodePublicReply({ slot: 5n }))).toBe(MESSAGE_KIND.publicReply);
    expect(messageKind(encodeRefusal({ code: 'BAD_MAC', message: '' }))).toBe(MESSAGE_KIND.refusal);
    for (const noise of ['', '00', 'ffffff', '820118', 'a10101']) {
      expect(messageKind(Buffer.from(noise, 'hex'))).toBe(-1);
    }
  });

  it('carry calls, facts in any order, and refusals', () => {
    expect(decodePublicCall(encodePublicCall('node.info'))).toBe('node.info');
    const facts = { specialisation: 'speed', slot: 2n ** 60n, ready: true, b: null, aa: -4n };
    expect(decodePublicReply(encodePublicReply(facts))).toEqual(facts);
    const refusal = { code: 'UNAUTHENTICATED_SESSION', message: 'Say hello first.' };
    expect(decodeRefusal(encodeRefusal(refusal))).toEqual(refusal);
  });
});
