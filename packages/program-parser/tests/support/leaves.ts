// The values of two descriptions of one account, without their names: clients call the fields other
// names, but give them in the order of the bytes, as the parser does.

type Leaf = string | number | boolean | null;

/** Enumerations are numbers in the clients. */
const ENUMERATIONS: readonly (readonly string[])[] = [
  ['unlocked', 'locked', 'listed'],
  ['sale', 'transfer', 'utility', 'staking', 'standard', 'lockedTransfer', 'migration'],
  ['nonFungible', 'fungibleAsset', 'fungible', 'nonFungibleEdition'].concat([
    'programmableNonFungible',
    'programmableNonFungibleEdition',
  ]),
  ['burn', 'multiple', 'single'],
  ['binary', 'json', 'msgPack'],
];
const INDEX_OF = new Map(
  ENUMERATIONS.flatMap((names) => names.map((name, index) => [name, index])),
);

/** What every parsed account has, and no client gives. */
const OURS = new Set(['address', 'program', 'lamports', 'executable', 'sizeBytes', 'residue']);

export function withoutHeader(account: object): object {
  const { kind: _kind, version: _version, ...rest } = account as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !OURS.has(name)));
}

/** Options of umi and of kit are a tag and a value; unions of both have `__kind`. */
export function leaves(value: unknown): Leaf[] {
  if (value === null || value === undefined) return [null];
  if (typeof value === 'bigint') return [value.toString()];
  if (typeof value === 'number') return [value.toString()];
  if (typeof value === 'string') return [INDEX_OF.get(value)?.toString() ?? value];
  if (typeof value === 'boolean') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('hex')];
  if (Array.isArray(value)) return value.flatMap(leaves);
  const object = value as Record<string, unknown>;
  if ('__option' in object) return object.__option === 'Some' ? leaves(object.value) : [null];
  return Object.entries(object).flatMap(([name, inner]) => {
    if (name !== '__kind' && name !== 'kind') return leaves(inner);
    const kind = String(inner);
    return [kind.charAt(0).toLowerCase() + kind.slice(1)];
  });
}
