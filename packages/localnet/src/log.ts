// The log that localnet writes to. The caller hands in its own; a line is fields and one constant sentence.

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** For callers that want no log. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
