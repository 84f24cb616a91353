// The client package, loaded when it is needed: it has a native part, which it ships for Linux and
// macOS on x64 and for macOS on arm64, and a process without this source must run everywhere.
import { StreamSyncError } from '@streamsync/domain';
import type * as yellowstone from '@triton-one/yellowstone-grpc';
import type { ClientDuplexStream, SubscribeRequest } from '@triton-one/yellowstone-grpc';
import type { DecodeError } from './read-update.ts';

/** The largest account is 10 MiB; a block's transactions come one by one. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
const CONNECT_MS_MAX = 10_000;

type Client = InstanceType<typeof yellowstone.default.default>;

export interface GeyserClient {
  /** The newest slot at 'confirmed'. */
  slot(): Promise<string>;
  subscribe(request: SubscribeRequest): Promise<ClientDuplexStream>;
}

interface Loaded {
  readonly Client: typeof yellowstone.default.default;
  readonly decodeError: DecodeError;
  readonly confirmed: yellowstone.CommitmentLevel;
}

let loading: Promise<Loaded> | null = null;

/** @throws StreamSyncError CONFIG_INVALID where the package has no native part for this machine */
export function loadClient(): Promise<Loaded> {
  loading ??= import('@triton-one/yellowstone-grpc').then(
    (loaded) => ({
      // The package's types are of its CommonJS form, where the class stands one `default` deeper.
      Client: loaded.default as unknown as Loaded['Client'],
      decodeError: (bytes) => JSON.stringify(JSON.parse(loaded.txErrDecode.decode_raw([...bytes]))),
      confirmed: loaded.CommitmentLevel.CONFIRMED,
    }),
    (cause: unknown) => {
      throw new StreamSyncError(
        'CONFIG_INVALID',
        { platform: process.platform, arch: process.arch },
        {
          cause,
          message: `The Yellowstone client has no native part for ${process.platform} on ${process.arch}: use a source of kind "rpc".`,
        },
      );
    },
  );
  return loading;
}

/** The URL without its credentials. */
export function shownUrl(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** @throws StreamSyncError SOURCE_FAILED, CONFIG_INVALID */
export async function connectGeyser(options: {
  readonly url: string;
  readonly xToken: string | undefined;
}): Promise<GeyserClient> {
  const { Client, confirmed } = await loadClient();
  const client: Client = new Client(options.url, options.xToken, {
    grpcMaxDecodingMessageSize: MESSAGE_BYTES_MAX,
    grpcConnectTimeout: CONNECT_MS_MAX,
    grpcTcpNodelay: true,
  });
  const fail = geyserFailure(options);
  await client.connect().catch(fail('cannot be reached'));
  return {
    slot: async () => (await client.getSlot(confirmed).catch(fail('did not say its slot'))).slot,
    subscribe: (request) => client.subscribe(request).catch(fail('refused the stream')),
  };
}

/** The status stands in a cause of what the client throws; the token stands nowhere in it. */
export function geyserFailure(options: {
  readonly url: string;
  readonly xToken: string | undefined;
}) {
  return (what: string) =>
    (cause: unknown): never => {
      throw geyserError(options, what, cause);
    };
}

export function geyserError(
  { url, xToken }: { readonly url: string; readonly xToken: string | undefined },
  what: string,
  cause: unknown,
): StreamSyncError {
  const sentences: string[] = [];
  for (let at = cause; at instanceof Error && sentences.length < 5; at = at.cause) {
    sentences.push(at.message);
  }
  let why = sentences.join(': ').slice(0, 400);
  if (xToken !== undefined && xToken !== '') why = why.replaceAll(xToken, '***');
  const where = shownUrl(url);
  return new StreamSyncError(
    'SOURCE_FAILED',
    { url: where },
    { message: `${where} ${what}: ${why}` },
  );
}

/** Whether the server said that it no longer has the slot that a stream was to begin with. */
export function isReplayRefused(error: unknown): boolean {
  return (
    error instanceof StreamSyncError &&
    /is not available, last available|from_slot is not supported|first available slot|valid range/.test(
      error.message,
    )
  );
}
