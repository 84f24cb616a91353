// Where RPC's parsed form calls things otherwise than the tables: by RPC's program and type.

export const RPC_PROGRAMS: Readonly<Record<string, string>> = {
  system: 'system',
  'spl-token': 'token',
  'spl-associated-token-account': 'associatedToken',
};

interface Names {
  /** RPC's type to the instruction's name. */
  readonly types?: Readonly<Record<string, string>>;
  /** By RPC's type: its field to one or several names here. */
  readonly fields?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export const RPC_NAMES: Readonly<Record<string, Names>> = {
  system: {
    types: { advanceNonce: 'advanceNonceAccount' },
    fields: {
      createAccount: { owner: 'ownerProgram' },
      createAccountWithSeed: { owner: 'ownerProgram' },
      transferWithSeed: {
        sourceBase: 'baseAccount',
        sourceOwner: 'sourceOwnerProgram',
        sourceSeed: 'seed',
      },
    },
  },
  'spl-token': {
    fields: {
      closeAccount: { owner: 'authority' },
      transferChecked: { tokenAmount: ['amount', 'decimals'] },
    },
  },
  'spl-associated-token-account': {
    fields: { create: { account: 'associatedAccount', source: 'payer' } },
  },
};
