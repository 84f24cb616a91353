// The graph's name of an instruction's type: the program's prefix and what the instruction does. Both
// token programs share the types of what both can do.

const PREFIXES: Readonly<Record<string, string>> = {
  system: 'System',
  token: 'Token',
  token2022: 'Token',
  associatedToken: 'AssociatedToken',
  memo: 'Memo',
  computeBudget: 'ComputeBudget',
  stake: 'Stake',
  vote: 'Vote',
  addressLookupTable: 'LookupTable',
  loaderV2: 'LoaderV2',
  upgradeableLoader: 'Loader',
  loaderV4: 'LoaderV4',
};

/** Where prefix and name would say a thing twice. */
const NAMES: Readonly<Record<string, string>> = {
  addMemo: '',
  createLookupTable: 'Create',
  freezeLookupTable: 'Freeze',
  extendLookupTable: 'Extend',
  deactivateLookupTable: 'Deactivate',
  closeLookupTable: 'Close',
  initializeTokenMetadata: 'MetadataInitialize',
  updateTokenMetadataField: 'MetadataUpdateField',
  removeTokenMetadataKey: 'MetadataRemoveKey',
  updateTokenMetadataAuthority: 'MetadataUpdateAuthority',
  emitTokenMetadata: 'MetadataEmit',
  initializeTokenGroup: 'GroupInitialize',
  updateTokenGroupMaxSize: 'GroupUpdateMaxSize',
  updateTokenGroupAuthority: 'GroupUpdateAuthority',
  initializeTokenGroupMember: 'GroupInitializeMember',
};

export function instructionTypeName(program: string, name: string): string {
  const prefix = PREFIXES[program];
  if (prefix === undefined) throw new Error(`the program ${program} has a prefix in the graph`);
  return prefix + (NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1));
}
