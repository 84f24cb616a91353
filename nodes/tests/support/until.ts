// Waits for a condition with a deadline; there are no sleeps of a guessed length.

const POLL_MS = 25;

export async function until<Value>(
  what: string,
  condition: () => Promise<Value | null | undefined | false> | Value | null | undefined | false,
  deadlineMs = 20_000,
): Promise<Value> {
  const endAtMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > endAtMs) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
