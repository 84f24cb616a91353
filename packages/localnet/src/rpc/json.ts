// JSON with u64: RPC writes lamports and slots as plain numbers of up to 64 bits, which neither
// JavaScript's numbers nor its JSON can hold, so bigints are written digit by digit.

// ES2025's JSON.rawJSON is in Node 24 and not yet in TypeScript's library.
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

export function stringifyRpc(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? rawJSON(inner.toString()) : inner,
  );
}
