// Configuration is parsed once, at the start: every fault is listed at once, secrets are redacted
// from whatever is printed, and the result is frozen.
import { StreamSyncError } from '@streamsync/domain';
import type { z } from 'zod';

const SECRET_NAME = /secret|token|password|seed|private|_key$|^key$/i;

/** Value as it may be shown: secrets and the credentials inside of URLs are replaced. */
export function redact(name: string, value: unknown): string {
  if (SECRET_NAME.test(name)) return '[redacted]';
  return String(value)
    .replace(/(\w+:\/\/)[^/@\s]+@/g, '$1[redacted]@')
    .replace(/([?&](?:api[-_]?key|token|key)=)[^&\s]+/gi, '$1[redacted]')
    .slice(0, 200);
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

/**
 * Parses `raw` by `schema` and freezes the result.
 * @throws StreamSyncError CONFIG_INVALID with a line for each fault
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
  origin: string,
): Readonly<z.infer<Schema>> {
  const outcome = schema.safeParse(raw);
  if (outcome.success) return deepFreeze(outcome.data) as Readonly<z.infer<Schema>>;
  const faults = outcome.error.issues.map((issue) => {
    const name = issue.path.map(String).join('.') || '(whole)';
    const value = valueAt(raw, issue.path);
    const shown = value === undefined ? 'missing' : `got ${redact(name, value)}`;
    return `  ${name}: ${issue.message} (${shown})`;
  });
  throw new StreamSyncError(
    'CONFIG_INVALID',
    { origin, faults: faults.length },
    { message: `${origin} has ${faults.length} fault(s):\n${faults.join('\n')}` },
  );
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
