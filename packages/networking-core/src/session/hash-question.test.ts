import { OPERATIONS, type OperationName } from '@streamsync/domain';
import { nativeCrypto } from '@streamsync/runtime';
import { operationHash } from '@streamsync/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashQuestion } from './hash-question.ts';

it('is what wire defines, for every operation and any arguments', () => {
  const operations = fc.constantFrom(...(Object.keys(OPERATIONS) as OperationName[]));
  fc.assert(
    fc.property(operations, fc.uint8Array({ maxLength: 400 }), (operation, item) => {
      expect(Buffer.from(hashQuestion(nativeCrypto, operation, item))).toEqual(
        Buffer.from(operationHash(nativeCrypto, operation, item)),
      );
    }),
  );
});
