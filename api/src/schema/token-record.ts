// Who may do what by Metaplex Token Metadata: token records of programmable assets, delegates,
// authority records and escrows.
import { accountType, type KindFields } from './account-type.ts';

accountType(
  'tokenRecord',
  'The state of a token account that holds a programmable asset; the token itself is always frozen.',
  (is) => ({
    state: is.value('String', (record) => record.state, 'unlocked, locked or listed.'),
    ruleSetRevision: is.maybe('U64', (record) => record.ruleSetRevision),
    delegate: is.maybe('Address', (record) => record.delegate),
    delegateAccount: is.link((record) => record.delegate),
    delegateRole: is.maybe('String', (record) => record.delegateRole),
    lockedTransfer: is.maybe(
      'Address',
      (record) => record.lockedTransfer,
      'The only destination while the role is lockedTransfer.',
    ),
    bump: is.value('Int', (record) => record.bump),
  }),
);

const delegateFields = (is: KindFields<'metadataDelegate'> | KindFields<'holderDelegate'>) => {
  const of = is as KindFields<'metadataDelegate'>;
  return {
    mint: of.value('Address', (record) => record.mint),
    mintAccount: of.link((record) => record.mint),
    delegate: of.value('Address', (record) => record.delegate),
    delegateAccount: of.link((record) => record.delegate),
    updateAuthority: of.value(
      'Address',
      (record) => record.updateAuthority,
      'Who appointed the delegate.',
    ),
    updateAuthorityAccount: of.link((record) => record.updateAuthority),
    bump: of.value('Int', (record) => record.bump),
  };
};

accountType(
  'metadataDelegate',
  'A delegate of an update authority; its role is part of its address alone.',
  delegateFields,
);
accountType('holderDelegate', 'A delegate of the holder of a token.', delegateFields);

accountType('useAuthorityRecord', 'Someone who may use up uses of an asset.', (is) => ({
  allowedUses: is.value('U64', (record) => record.allowedUses),
  bump: is.value('Int', (record) => record.bump),
}));

accountType('collectionAuthorityRecord', 'Someone who may verify items of a collection.', (is) => ({
  updateAuthority: is.maybe('Address', (record) => record.updateAuthority),
  updateAuthorityAccount: is.link((record) => record.updateAuthority),
  bump: is.value('Int', (record) => record.bump),
}));

accountType('tokenOwnedEscrow', 'Assets that belong to a token.', (is) => ({
  baseToken: is.value('Address', (escrow) => escrow.baseToken),
  baseTokenAccount: is.link((escrow) => escrow.baseToken),
  creator: is.maybe(
    'Address',
    ({ authority }) => (authority.kind === 'creator' ? authority.creator : null),
    'Who may take assets out; null: the owner of the token.',
  ),
  bump: is.value('Int', (escrow) => escrow.bump),
}));
