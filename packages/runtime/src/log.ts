// Logs: one JSON line on stderr for each event, a constant sentence with fields. `error` wakes
// someone; `warn` is a fault that the system survived; `info` is sparse; `debug` is for a person
// who looks for something.
import { pino } from 'pino';

type Level = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}

const SECRET_PATHS = ['authorization', 'cookie', 'seed', 'secret', 'password', 'token', 'apiKey'];

/** pino prints a bigint as a bare number, which loses digits in readers: it becomes text. */
function textOfBigints(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );
}

interface LogSettings {
  readonly name: string;
  readonly level: Level;
  /** Where the lines go; stderr by default. */
  readonly write?: (line: string) => void;
}

export function createLog(settings: LogSettings): Log {
  const logger = pino(
    {
      name: settings.name,
      level: settings.level,
      redact: {
        paths: SECRET_PATHS.flatMap((path) => [path, `*.${path}`]),
        censor: '[redacted]',
      },
      formatters: { log: textOfBigints, level: (level) => ({ level }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    settings.write === undefined ? pino.destination(2) : { write: settings.write },
  );
  return logger as unknown as Log;
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
