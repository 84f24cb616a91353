// Queries that this network should be able to answer: the first that is answered with a verified
// receipt is shown to the newcomer. On localnet it is the demo account; in folders, what lies there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ChainSource } from './settings.ts';

/** Files of a folder that are tried: `--cluster` may leave many of them out. */
const CANDIDATES_MAX = 40;

export function accountQuery(address: string): string {
  return `{ account(address: "${address}") { __typename address lamports slot } }`;
}

function transactionQuery(signature: string): string {
  return `{ transaction(signature: "${signature}") { signature slot feeLamports succeeded } }`;
}

/** At least one, the best first. */
export function chooseExamples(
  source: ChainSource,
  demo: Readonly<Record<string, string>> | null,
): readonly string[] {
  const found = candidatesOf(source, demo);
  return found.length > 0 ? found : ['{ nodes { operator specialisation state } }'];
}

function candidatesOf(
  source: ChainSource,
  demo: Readonly<Record<string, string>> | null,
): readonly string[] {
  switch (source.kind) {
    case 'localnet':
      return Object.entries(demo ?? {})
        .filter(([name]) => name === 'tokenAccount')
        .map(([, address]) => accountQuery(address));
    case 'rpc':
      return [...source.addresses, ...source.programs].map(accountQuery);
    case 'folders': {
      const accounts = source.accounts === null ? [] : addressesIn(source.accounts);
      const folders = [source.transactions, source.blocks].filter((folder) => folder !== null);
      return [
        ...accounts.map(accountQuery),
        ...folders.flatMap(signaturesIn).map(transactionQuery),
      ];
    }
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => /\.json(\.gz)?$/.test(name)).sort();
    // Spread over the folder, so that a cluster that is left out does not take them all.
    const stride = Math.max(1, Math.floor(files.length / CANDIDATES_MAX));
    return files.filter((_, index) => index % stride === 0).map((name) => join(folder, name));
  } catch {
    // The operators say in a sentence what is wrong with the folder.
    return [];
  }
}

function addressesIn(folder: string): readonly string[] {
  return filesIn(folder).flatMap((file) => {
    const { pubkey } = readJson(file);
    return typeof pubkey === 'string' ? [pubkey] : [];
  });
}

/** One transaction of the first few files: of a `getTransaction` result, or of a block. */
function signaturesIn(folder: string): readonly string[] {
  return filesIn(folder)
    .slice(0, 5)
    .flatMap((file) => {
      const content = readJson(file);
      const result = (content.result ?? content) as Record<string, unknown>;
      const block = result.transactions;
      const holder = Array.isArray(block) ? (block[0] as Record<string, unknown>) : result;
      const transaction = holder?.transaction as { signatures?: unknown } | undefined;
      const signatures = transaction?.signatures;
      return Array.isArray(signatures) && typeof signatures[0] === 'string' ? [signatures[0]] : [];
    });
}

function readJson(file: string): Record<string, unknown> {
  try {
    const bytes = readFileSync(file);
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null
      ? (content as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
