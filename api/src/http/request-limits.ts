// What a request may hold before anybody looks into it: parsing, the rules of GraphQL and the parsing
// of values cost more than the bytes that ask for them.
import { StreamSyncError } from '@streamsync/domain';

/** A page of a hundred literal addresses is 5 KB; what the rules of GraphQL cost grows with the text. */
export const DOCUMENT_CHARACTERS_MAX = 65_536;
/** Lists of the graph take 100; each value is parsed before any field can refuse its number. */
const VARIABLE_VALUES_MAX = 5_000;
/** Arguments of the graph nest twice. */
const VARIABLE_DEPTH_MAX = 32;

/** QUERY_TOO_COMPLEX, or null where the request is small enough to be looked at. */
export function tooLarge(
  document: string,
  variables: Readonly<Record<string, unknown>>,
): StreamSyncError | null {
  if (document.length > DOCUMENT_CHARACTERS_MAX) {
    return tooComplex(`The document has more than ${DOCUMENT_CHARACTERS_MAX} characters.`);
  }
  let left = VARIABLE_VALUES_MAX;
  const fits = (value: object, depth: number): boolean => {
    if (depth > VARIABLE_DEPTH_MAX) return false;
    for (const name in value) {
      left -= 1;
      if (left < 0) return false;
      const each = (value as Record<string, unknown>)[name];
      if (typeof each === 'object' && each !== null && !fits(each, depth + 1)) return false;
    }
    return true;
  };
  return fits(variables, 0)
    ? null
    : tooComplex(
        `The variables hold more than ${VARIABLE_VALUES_MAX} values, or nest more than ${VARIABLE_DEPTH_MAX} deep.`,
      );
}

function tooComplex(message: string): StreamSyncError {
  return new StreamSyncError('QUERY_TOO_COMPLEX', {}, { message });
}
