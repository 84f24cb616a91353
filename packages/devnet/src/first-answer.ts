// Asks the gateway until a majority of a race confirms the answer: then the network works.
import { StreamSyncError } from '@streamsync/domain';
import { z } from 'zod';

/** Nodes read folders of 70,000 transactions before they answer; localnet takes a second or two. */
const FIRST_ANSWER_MS_MAX = 180_000;
const RETRY_MS = 50;
/** One question; a gateway whose nodes are not there yet answers with an error much sooner. */
const REQUEST_MS_MAX = 5_000;

const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
  extensions: z
    .object({
      streamsync: z.object({ races: z.array(z.object({ verifiers: z.array(z.unknown()) })) }),
    })
    .optional(),
});

/**
 * Asks `queries` in turn, and returns the first that was answered with a verifier.
 * @throws StreamSyncError NO_AGREEMENT with the last error, where no verified answer comes
 */
export async function awaitFirstAnswer(options: {
  readonly graphqlUrl: string;
  readonly queries: readonly string[];
  readonly signal: AbortSignal;
}): Promise<string> {
  const { graphqlUrl, queries, signal } = options;
  const giveUp = AbortSignal.timeout(FIRST_ANSWER_MS_MAX);
  let last = 'nothing was answered';
  while (!giveUp.aborted) {
    for (const query of queries) {
      signal.throwIfAborted();
      const outcome = await ask(graphqlUrl, query, signal);
      if (outcome === null) return query;
      last = outcome;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  throw new StreamSyncError(
    'NO_AGREEMENT',
    {},
    { message: `No verified answer within ${FIRST_ANSWER_MS_MAX / 1_000} s: ${last}` },
  );
}

/** Null when a verifier confirmed the answer, else what was wrong with it. */
async function ask(url: string, query: string, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS_MAX)]),
    });
    const { data, errors, extensions } = answer.parse(await response.json());
    if (errors !== undefined) return errors.map((error) => error.message).join('; ');
    if (data === null || data === undefined) return 'the answer has no data';
    const races = extensions?.streamsync.races ?? [];
    const isVerified = races.length > 0 && races.every((race) => race.verifiers.length > 0);
    return isVerified ? null : 'no race of the answer has a verifier';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
