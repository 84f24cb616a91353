// The kinds of account that are neither tokens nor metadata: wallets, nonces, and whatever no
// parser knows or could read.
import { MALFORMED_REASONS, type MalformedReason } from '@streamsync/program-parser';
import { AccountRef } from './account.ts';
import type { AccountEntity } from './account-entity.ts';
import { builder } from './builder.ts';

builder.objectType(builder.objectRef<AccountEntity>('SystemAccount'), {
  description: 'A wallet: owned by the system program, without data.',
  interfaces: [AccountRef],
});

const NonceVersion = builder.enumType('NonceVersion', {
  description: 'LEGACY nonces cannot be used until they are upgraded.',
  values: ['LEGACY', 'CURRENT'] as const,
});

builder.objectType(builder.objectRef<AccountEntity>('NonceAccount'), {
  description: 'A durable nonce of the system program.',
  interfaces: [AccountRef],
  fields: (t) => ({
    version: t.field({
      type: NonceVersion,
      nullable: false,
      resolve: (account) =>
        account.as('nonceAccount').version === 'legacy' ? 'LEGACY' : 'CURRENT',
    }),
    authority: t.field({
      type: 'Address',
      nullable: false,
      resolve: (account) => account.as('nonceAccount').authority,
    }),
    nonce: t.string({
      nullable: false,
      description: 'The value that a transaction states as its recent blockhash.',
      resolve: (account) => account.as('nonceAccount').blockhash,
    }),
    lamportsPerSignature: t.field({
      type: 'U64',
      nullable: false,
      resolve: (account) => account.as('nonceAccount').lamportsPerSignature,
    }),
  }),
});

interface ParseFailure {
  readonly reason: MalformedReason;
  readonly offset: number;
}

const ParseFailureRef = builder.objectRef<ParseFailure>('ParseFailure').implement({
  description: 'Why the bytes are not the entity that their owner and size promise.',
  fields: (t) => ({
    reason: t.exposeString('reason', { nullable: false }),
    message: t.string({
      nullable: false,
      resolve: (failure) => MALFORMED_REASONS[failure.reason],
    }),
    offset: t.exposeInt('offset', {
      nullable: false,
      description: 'Where in the data the bytes stop making sense.',
    }),
  }),
});

builder.objectType(builder.objectRef<AccountEntity>('ProgramAccount'), {
  description: 'An account as its bytes: no parser knows its owner, or its bytes do not parse.',
  interfaces: [AccountRef],
  fields: (t) => ({
    rawReason: t.string({
      description: 'UNKNOWN_PROGRAM, UNKNOWN_KIND or UNINITIALIZED; null where the parse failed.',
      resolve: ({ parsed }) =>
        parsed.kind === 'parsed' && parsed.account.kind === 'programAccount'
          ? parsed.account.raw
          : null,
    }),
    parseFailure: t.field({
      type: ParseFailureRef,
      resolve: ({ parsed }) =>
        parsed.kind === 'malformed' ? { reason: parsed.why, offset: parsed.offset } : null,
    }),
  }),
});
