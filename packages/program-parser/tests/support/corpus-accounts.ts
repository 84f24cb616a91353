// The corpus's accounts of one owner, read in place. Empty, with the reason said, without the corpus.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AccountState, Address } from '@streamsync/domain';

const CORPUS =
  process.env.STREAMSYNC_CORPUS ?? join(import.meta.dirname, '../../../../../shared/corpus');
export const hasCorpus = existsSync(join(CORPUS, 'manifest.json'));
if (!hasCorpus) {
  process.stderr.write(`SKIPPED: no corpus at ${CORPUS}; set STREAMSYNC_CORPUS\n`);
}

export interface CorpusAccount {
  readonly file: string;
  readonly address: Address;
  readonly state: AccountState;
}

/** The accounts in one folder of the corpus, such as `mpl-core`. */
export function corpusAccounts(folder: string): readonly CorpusAccount[] {
  if (!hasCorpus) return [];
  const path = join(CORPUS, 'accounts', folder);
  return readdirSync(path).map((file) => {
    const packed = readFileSync(join(path, file));
    const text = (file.endsWith('.gz') ? gunzipSync(packed) : packed).toString('utf8');
    const { pubkey, account } = JSON.parse(text);
    const { lamports, owner, executable, data } = account;
    return {
      file,
      address: pubkey,
      state: {
        lamports: BigInt(lamports),
        owner,
        executable,
        data: new Uint8Array(Buffer.from(data[0], 'base64')),
      },
    };
  });
}
