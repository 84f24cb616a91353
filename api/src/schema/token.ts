// A token: its mint and what is said about it.
import { POINT_READ_AT_SLOT } from './account.ts';
import { type AccountEntity, readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { MintRef, mintFields } from './mint.ts';

const TokenRef = builder.objectRef<AccountEntity>('Token').implement({
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    program: t.field({
      type: 'Address',
      nullable: false,
      description: 'SPL Token or Token-2022.',
      resolve: (account) => account.state.owner,
    }),
    ...mintFields(t),
    mint: t.field({ type: MintRef, nullable: false, resolve: (account) => account }),
  }),
});

builder.queryField('token', (t) =>
  t.field({
    type: TokenRef,
    description: 'The token of a mint; null where the address is no mint.',
    args: { mint: t.arg({ type: 'Address', required: true }), slot: t.arg({ type: 'Slot' }) },
    extensions: POINT_READ_AT_SLOT,
    resolve: async (_root, { mint, slot }, context) => {
      const account = await readAccount(context.at(slot ?? null), mint);
      return account?.kind === 'mint' ? account : null;
    },
  }),
);
