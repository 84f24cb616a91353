// Every account of the corpus parses to the kind that its manifest states, or to ProgramAccount, and
// re-encodes to the same bytes. The corpus is read in place and never copied.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type AccountState, type Address, addressFromBytes } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import {
  encodeAccount,
  LOADER_V2,
  type ParsedAccount,
  parseAccount,
  tokenAccountKeys,
  UPGRADEABLE_LOADER,
} from './index.ts';

const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus');
const hasCorpus = existsSync(join(CORPUS, 'manifest.json'));
if (!hasCorpus) {
  process.stderr.write(
    `SKIPPED: no corpus at ${CORPUS}; set STREAMSYNC_CORPUS to test real accounts\n`,
  );
}

interface ManifestEntry {
  readonly file: string;
  readonly kind: string;
  readonly form: string;
  readonly pubkey?: string | null;
  readonly owner?: string | null;
}

/** What a kind of the manifest must parse to; every other kind stays a ProgramAccount. */
const KINDS: Readonly<Record<string, ParsedAccount['kind']>> = {
  system: 'systemAccount',
  nonce: 'nonceAccount',
  'spl-mint': 'mint',
  'spl-token-account': 'tokenAccount',
  'spl-multisig': 'multisig',
  'token2022-mint': 'mint',
  'token2022-account': 'tokenAccount',
  'mpl-metadata': 'tokenMetadata',
  'mpl-edition-v1': 'edition',
  'mpl-master-edition-v2': 'masterEdition',
  'mpl-core-asset': 'coreAsset',
  'mpl-core-collection': 'coreCollection',
  stake: 'stakeAccount',
  vote: 'voteAccount',
  'lookup-table': 'addressLookupTable',
  programdata: 'programData',
  config: 'validatorInfo',
};

/** Kinds whose name in the manifest does not tell the program. */
const KINDS_BY_OWNER: Readonly<Record<string, ParsedAccount['kind']>> = {
  [`program ${UPGRADEABLE_LOADER}`]: 'upgradeableProgram',
  [`program ${LOADER_V2}`]: 'finalProgram',
};

function kindOf({ kind, owner }: ManifestEntry): ParsedAccount['kind'] {
  return KINDS[kind] ?? KINDS_BY_OWNER[`${kind} ${owner}`] ?? 'programAccount';
}

/** Stands for an address or owner that the dump does not state. */
const UNKNOWN = addressFromBytes(new Uint8Array(32).fill(255));

function readEntries(): readonly ManifestEntry[] {
  const manifest = JSON.parse(readFileSync(join(CORPUS, 'manifest.json'), 'utf8')) as {
    files: readonly ManifestEntry[];
  };
  return manifest.files.filter(({ file }) => file.startsWith('accounts/'));
}

function readAccount(entry: ManifestEntry): { address: Address; state: AccountState } {
  const packed = readFileSync(join(CORPUS, entry.file));
  const content = entry.file.endsWith('.gz') ? gunzipSync(packed) : packed;
  const address = (entry.pubkey ?? UNKNOWN) as Address;
  if (entry.form.startsWith('raw-data-bin')) {
    const owner = (entry.owner ?? UNKNOWN) as Address;
    const data = new Uint8Array(content);
    return { address, state: { lamports: 0n, owner, executable: false, data } };
  }
  const dump = JSON.parse(content.toString('utf8')) as {
    account?: DumpedAccount;
  } & DumpedAccount;
  const { lamports, owner, executable, data } = dump.account ?? dump;
  return {
    address,
    state: {
      lamports: BigInt(lamports),
      owner: owner as Address,
      executable,
      data: new Uint8Array(Buffer.from(data[0], 'base64')),
    },
  };
}

interface DumpedAccount {
  readonly lamports: number;
  readonly owner: string;
  readonly executable: boolean;
  readonly data: readonly [string, string];
}

describe.skipIf(!hasCorpus)('the corpus', () => {
  const entries = hasCorpus ? readEntries() : [];

  it('has accounts of every parsed kind', () => {
    const kinds = new Set(entries.map(({ kind }) => kind));
    expect(Object.keys(KINDS).filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it.each(entries.map((entry) => [entry.file, entry] as const))('parses %s', (_file, entry) => {
    const { address, state } = readAccount(entry);
    const result = parseAccount(address, state);
    if (result.kind === 'malformed') expect.fail(`${result.why} at ${result.offset}`);
    expect(result.account.kind).toBe(kindOf(entry));
    expect(Buffer.compare(encodeAccount(result.account), state.data)).toBe(0);
    const keys = tokenAccountKeys(state.owner, state.data);
    expect(keys !== null).toBe(result.account.kind === 'tokenAccount');
  });
});
