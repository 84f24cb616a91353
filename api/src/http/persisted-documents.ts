// Documents that are named instead of sent: by their hash, as Apollo's and urql's clients do by
// themselves (automatic persisted queries), or by the id under which the operator lists them. One
// store for every way in. Invariant: what a hash names is a text of that hash.
import { createHash } from 'node:crypto';
import { StreamSyncError } from '@streamsync/domain';
import { LRUCache } from 'lru-cache';
import type { QueryParams, SentParams } from './parse-params.ts';
import { DOCUMENT_CHARACTERS_MAX, tooLarge } from './request-limits.ts';

/** An application has tens of documents. */
const REGISTERED_MAX = 5_000;
/** What is registered takes up to twice as many bytes. */
const REGISTERED_CHARACTERS_MAX = 8_000_000;

/** GraphQL over HTTP's form of an id that is a hash. */
const HASH_PREFIX = 'sha256:';

export interface PersistedSettings {
  /** Documents by id, beside those that clients register. */
  readonly documents: ReadonlyMap<string, string>;
  /** Serve those alone. */
  readonly only: boolean;
}

/** A refusal is the answer to a well-formed request, and no bad request. */
export type Resolved = QueryParams | StreamSyncError;

export interface PersistedDocuments {
  /** @throws StreamSyncError BAD_REQUEST */
  resolve(sent: SentParams): Resolved;
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

  function documentOf({ query, sha256Hash, documentId }: SentParams): string | StreamSyncError {
    const id = sha256Hash ?? idOf(documentId);
    // The WebSocket protocol wants a text even where a document is named.
    if (query === null || (query === '' && id !== null)) {
      if (id === null) {
        throw new StreamSyncError(
          'BAD_REQUEST',
          {},
          { message: 'The parameter "query" must be the document, as text.' },
        );
      }
      const text = listed.get(id) ?? registered.get(id);
      return text ?? new StreamSyncError('PERSISTED_QUERY_NOT_FOUND');
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
        return new StreamSyncError('PERSISTED_QUERY_ONLY');
      }
    } else if (sha256Hash !== null) {
      registered.set(sha256Hash, query);
    }
    return query;
  }

  return {
    resolve: (sent) => {
      const { query, sha256Hash, operationName, variables } = sent;
      const refusal = tooLarge(query ?? '', variables);
      if (refusal !== null) return refusal;
      // The common request names nothing.
      const named = !query || sha256Hash !== null || settings.only;
      const document = named ? documentOf(sent) : query;
      return typeof document === 'string'
        ? { query: document, operationName, variables }
        : document;
    },
  };
}

function idOf(documentId: string | null): string | null {
  return documentId?.startsWith(HASH_PREFIX)
    ? documentId.slice(HASH_PREFIX.length).toLowerCase()
    : documentId;
}
