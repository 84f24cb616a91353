// Documents that are named instead of sent: by their hash, as Apollo's and urql's clients do by
// themselves (automatic persisted queries), or by the id under which the operator lists them. One
// store for every way in. Invariant: what a hash names is a text of that hash.
import { createHash } from 'node:crypto';
import { StreamSyncError } from '@streamsync/domain';
import { LRUCache } from 'lru-cache';
import type { QueryParams, SentParams } from './parse-params.ts';

/** An application has tens of documents. */
const REGISTERED_MAX = 5_000;
/** What is registered takes up to twice as many bytes. */
const REGISTERED_CHARACTERS_MAX = 8_000_000;
/** Longer documents are sent each time. */
const DOCUMENT_CHARACTERS_MAX = 65_536;

/** GraphQL over HTTP's form of an id that is a hash. */
const HASH_PREFIX = 'sha256:';

export interface PersistedSettings {
  /** Documents by id, beside those that clients register. */
  readonly documents: ReadonlyMap<string, string>;
  /** Serve those alone. */
  readonly only: boolean;
}

export interface PersistedDocuments {
  /** @throws StreamSyncError BAD_REQUEST, PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_ONLY */
  resolve(sent: SentParams): QueryParams;
}

export const hashOfDocument = (text: string): string =>
  createHash('sha256').update(text).digest('hex');

export function createPersistedDocuments(settings: PersistedSettings): PersistedDocuments {
  const listed = new Map(settings.documents);
  for (const text of settings.documents.values()) listed.set(hashOfDocument(text), text);
  const registered = new LRUCache<string, string>({
    max: REGISTERED_MAX,
    maxSize: REGISTERED_CHARACTERS_MAX,
    maxEntrySize: DOCUMENT_CHARACTERS_MAX,
    sizeCalculation: (text) => Math.max(1, text.length),
  });

  function documentOf({ query, sha256Hash, documentId }: SentParams): string {
    const id = sha256Hash ?? idOf(documentId);
    if (query === null) {
      if (id === null) {
        throw new StreamSyncError(
          'BAD_REQUEST',
          {},
          { message: 'The parameter "query" must be the document, as text.' },
        );
      }
      const text = listed.get(id) ?? registered.get(id);
      if (text === undefined) throw new StreamSyncError('PERSISTED_QUERY_NOT_FOUND');
      return text;
    }
    if (sha256Hash !== null && hashOfDocument(query) !== sha256Hash) {
      throw new StreamSyncError(
        'BAD_REQUEST',
        {},
        { message: 'The "sha256Hash" is not that of the document.' },
      );
    }
    if (settings.only) {
      if (!listed.has(sha256Hash ?? hashOfDocument(query))) {
        throw new StreamSyncError('PERSISTED_QUERY_ONLY');
      }
    } else if (sha256Hash !== null) {
      registered.set(sha256Hash, query);
    }
    return query;
  }

  return {
    resolve: (sent) => {
      // The common request names nothing.
      const { query, sha256Hash, operationName, variables } = sent;
      if (query !== null && sha256Hash === null && !settings.only) {
        return { query, operationName, variables };
      }
      return { query: documentOf(sent), operationName, variables };
    },
  };
}

function idOf(documentId: string | null): string | null {
  return documentId?.startsWith(HASH_PREFIX)
    ? documentId.slice(HASH_PREFIX.length).toLowerCase()
    : documentId;
}
