// Why bytes are not the entity that their owner and size promise. Codes are part of the contract:
// they reach logs and responses, and are never renamed.

export const MALFORMED_REASONS = {
  TRUNCATED: 'The data ends inside a field.',
  WRONG_SIZE: 'No entity of this program has data of this size.',
  NOT_INITIALIZED: 'The entity is marked as not initialised, yet its fields hold data.',
  BAD_OPTION_TAG: 'The tag of an optional field is neither 0 nor 1.',
  BAD_BOOLEAN: 'A boolean is neither 0 nor 1.',
  BAD_ENUM: 'A field has a value that its enumeration does not know.',
  BAD_TEXT: 'A text is not UTF-8 or passes its length limit.',
  OUT_OF_RANGE: 'A number is outside the range that the program allows.',
  NONZERO_PADDING: 'Bytes that the program requires to be zero are not.',
  DUPLICATE_EXTENSION: 'An extension occurs twice.',
  WRONG_EXTENSION_HOLDER: 'A mint extension stands on a token account, or the reverse.',
  WRONG_EXTENSION_SIZE: 'An extension is shorter or longer than its fields.',
} as const;

export type MalformedReason = keyof typeof MALFORMED_REASONS;

/**
 * Thrown inside this package and caught by parseAccount; it never crosses the border. It is no
 * Error, because a stack trace would make hostile bytes cost more than honest ones.
 */
export class MalformedBytes {
  readonly why: MalformedReason;
  /** Where in the account's data. */
  readonly offset: number;

  constructor(why: MalformedReason, offset: number) {
    this.why = why;
    this.offset = offset;
  }
}
