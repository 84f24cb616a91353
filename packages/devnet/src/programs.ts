// The programs that the network runs as children, by file: nothing of them is imported. What each
// says when it is ready is checked here, at the border.
import { join } from 'node:path';
import { SPECIALISATIONS, StreamSyncError } from '@streamsync/domain';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export const PROGRAMS = {
  localnet: join(ROOT, 'packages', 'localnet', 'src', 'main.ts'),
  node: join(ROOT, 'nodes', 'src', 'main.ts'),
  gateway: join(ROOT, 'api', 'src', 'main.ts'),
} as const;

/** Node keeps what it compiled here, so that the next start strips and compiles nothing. */
export const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'streamsync-compile');

export const localnetReady = z.object({
  httpUrl: z.string(),
  wsUrl: z.string(),
  grpcUrl: z.string(),
  genesisHash: z.string(),
  demo: z.record(z.string(), z.string()).nullable(),
});

export const operatorReady = z.object({
  genesisHash: z.string(),
  metricsUrl: z.string().nullable(),
  nodes: z.array(
    z.object({
      name: z.string(),
      nodeKey: z.string(),
      specialisation: z.enum(SPECIALISATIONS),
      address: z.string(),
      publishAddress: z.string(),
    }),
  ),
});
export type OperatorReady = z.infer<typeof operatorReady>;

export const gatewayReady = z.object({ graphqlUrl: z.string(), metricsUrl: z.string() });

/** @throws StreamSyncError INTERNAL where a child speaks another version of this */
export function parseReady<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  said: unknown,
): z.infer<Schema> {
  const outcome = schema.safeParse(said);
  if (outcome.success) return outcome.data;
  throw new StreamSyncError(
    'INTERNAL',
    { name },
    { message: `${name} said something else when it was ready: ${z.prettifyError(outcome.error)}` },
  );
}
