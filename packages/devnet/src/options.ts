// The command line of `npm start`, parsed and checked before anything starts.
import { resolve } from 'node:path';
import { parseAddress, StreamSyncError } from '@streamsync/domain';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isOperatorName, OPERATORS, type OperatorName, PORTS_SPAN } from './layout.ts';
import { type ChainSource, FEEDS, type Feed, type NetworkSettings } from './settings.ts';

/** A delay longer than this is no demonstration: the race is over. */
const SLOW_MS_MAX = 60_000;

interface RawOptions {
  readonly dir: string;
  readonly ports?: number;
  readonly accounts?: string;
  readonly blocks?: string;
  readonly transactions?: string;
  readonly cluster?: string;
  readonly rpc?: string;
  readonly ws?: string;
  readonly yellowstone?: string;
  readonly feed?: Feed;
  readonly programs: readonly string[];
  readonly addresses: readonly string[];
  readonly slow: NetworkSettings['slow'];
  readonly logLevel: string;
  readonly json: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface Invocation {
  readonly settings: NetworkSettings;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  npm start                                     a chain of its own, five operators, the gateway
  npm start -- --slow alpha=50                  alpha answers late, so others win
  npm start -- --dir /tmp/second --ports 0      a second network beside the first
  npm start -- --accounts DIR --blocks DIR      serve folders of real chain data
  npm start -- --rpc https://HOST --programs TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA

SOLANA_RPC_URL and YELLOWSTONE_URL of the environment stand for --rpc and --yellowstone.
Ctrl-C stops everything. DIR/network.json says what listens where while the network runs.
`;

/** @throws StreamSyncError CONFIG_INVALID; commander exits by itself on --help and unknown flags */
export function parseInvocation(
  argv: readonly string[],
  env: Environment = process.env,
): Invocation {
  let invocation: Invocation | null = null;
  const command = new Command('npm start --')
    .description(
      'Starts a whole StreamSync network on this machine: a Solana chain (localnet), five operators ' +
        'with a speed, a cache and an archive node each, and the GraphQL gateway.',
    )
    .option('--dir <folder>', 'state, logs and network.json', '.streamsync')
    .option(
      '--ports <base>',
      `0: free ports everywhere; else the first of ${PORTS_SPAN} ports (default: GraphQL 4000, ` +
        'RPC 8899, WebSocket 8900, Yellowstone 10000, nodes from 7700)',
      parsePorts,
    )
    .option('--accounts <folder>', "account dumps to serve in localnet's place")
    .option('--blocks <folder>', "getBlock results to serve in localnet's place")
    .option('--transactions <folder>', "getTransaction results to serve in localnet's place")
    .option('--cluster <name>', 'with folders: only the files that the manifest gives this cluster')
    .option('--rpc <url>', "JSON-RPC of any cluster, in localnet's place")
    .option('--ws <url>', 'with --rpc: its WebSocket (default: derived from --rpc)')
    .option(
      '--yellowstone <url>',
      'with --rpc: Yellowstone gRPC of the same cluster (its token: YELLOWSTONE_X_TOKEN)',
    )
    .addOption(
      new Option('--feed <kind>', 'how localnet feeds the nodes (default: yellowstone)').choices(
        FEEDS,
      ),
    )
    .addOption(
      new Option('--programs <list>', 'with --rpc: programs to follow, by comma')
        .argParser(parseAddresses)
        .default([], 'none'),
    )
    .addOption(
      new Option('--addresses <list>', 'with --rpc: addresses to follow, by comma')
        .argParser(parseAddresses)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--slow <operator=ms>',
        `hold an operator's answers back (${OPERATORS.join(', ')}; repeatable)`,
      )
        .argParser(collectSlow)
        .default({}, 'none'),
    )
    .addOption(
      new Option('--log-level <level>', 'of the children, into DIR/logs')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .option('--json', 'print only one JSON line when the network is ready', false)
    .addHelpText('after', EXAMPLES)
    .action((raw: RawOptions) => {
      invocation = { settings: settingsOf(raw, env), json: raw.json };
    });
  command.parse([...argv], { from: 'user' });
  if (invocation === null) throw new StreamSyncError('CONFIG_INVALID');
  return invocation;
}

function settingsOf(raw: RawOptions, env: Environment): NetworkSettings {
  return {
    folder: resolve(raw.dir),
    portsBase: raw.ports,
    source: sourceOf(raw, env),
    slow: raw.slow,
    logLevel: raw.logLevel,
  };
}

function sourceOf(raw: RawOptions, env: Environment): ChainSource {
  const hasFolders =
    raw.accounts !== undefined || raw.blocks !== undefined || raw.transactions !== undefined;
  const hasFollowed = raw.programs.length > 0 || raw.addresses.length > 0;
  // Folders on the command line say more than what the environment has for every start.
  const rpc = raw.rpc ?? (hasFolders ? undefined : textOf(env.SOLANA_RPC_URL));
  const yellowstone = raw.yellowstone ?? (hasFolders ? undefined : textOf(env.YELLOWSTONE_URL));
  if (rpc !== undefined) {
    if (raw.feed !== undefined) throw refuse('--feed goes with localnet: leave --rpc out.');
    if (hasFolders) throw refuse('--rpc and folders exclude each other: choose one source.');
    if (!hasFollowed) {
      throw refuse(
        '--rpc (or SOLANA_RPC_URL) needs --programs or --addresses: a node follows only what it is told to.',
      );
    }
    return {
      kind: 'rpc',
      rpcUrl: parseUrl(rpc, ['http:', 'https:']),
      wsUrl: parseUrl(raw.ws ?? webSocketOf(rpc), ['ws:', 'wss:']),
      yellowstoneUrl: yellowstone === undefined ? null : parseUrl(yellowstone, ['http:', 'https:']),
      programs: raw.programs,
      addresses: raw.addresses,
    };
  }
  if (hasFollowed || raw.ws !== undefined || yellowstone !== undefined) {
    throw refuse('--yellowstone, --ws, --programs and --addresses go with --rpc.');
  }
  if (!hasFolders) {
    if (raw.cluster !== undefined) throw refuse('--cluster goes with folders of chain data.');
    return { kind: 'localnet', feed: raw.feed ?? defaultFeed() };
  }
  if (raw.feed !== undefined) throw refuse('--feed goes with localnet: leave the folders out.');
  const absolute = (path: string | undefined): string | null =>
    path === undefined ? null : resolve(path);
  return {
    kind: 'folders',
    accounts: absolute(raw.accounts),
    blocks: absolute(raw.blocks),
    transactions: absolute(raw.transactions),
    cluster: raw.cluster ?? null,
  };
}

/** What the client of Yellowstone ships its native part for; elsewhere nodes are fed by RPC. */
const YELLOWSTONE_MACHINES: readonly string[] = ['linux-x64', 'darwin-x64', 'darwin-arm64'];

function defaultFeed(): Feed {
  const machine = `${process.platform}-${process.arch}`;
  return YELLOWSTONE_MACHINES.includes(machine) ? 'yellowstone' : 'rpc';
}

/** A variable that is set to nothing is not set. */
function textOf(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** As Solana's clients derive it: a URL with a port has its WebSocket on the next one. */
export function webSocketOf(rpcUrl: string): string {
  const url = new URL(parseUrl(rpcUrl, ['http:', 'https:']));
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (url.port !== '') url.port = String(Number(url.port) + 1);
  return url.toString();
}

function parseUrl(text: string, protocols: readonly string[]): string {
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  throw refuse(`${text} is not a URL that begins with ${protocols.join('// or ')}//.`);
}

function parsePorts(text: string): number {
  const base = Number(text);
  if (!/^\d+$/.test(text) || (base !== 0 && (base < 1_024 || base > 65_536 - PORTS_SPAN))) {
    throw new InvalidArgumentError(`write 0, or a port from 1024 to ${65_536 - PORTS_SPAN}.`);
  }
  return base;
}

function parseAddresses(text: string, previous: readonly string[]): readonly string[] {
  const added = text.split(',').filter((part) => part !== '');
  for (const address of added) {
    try {
      parseAddress(address);
    } catch {
      throw new InvalidArgumentError(`"${address}" is not base58 of 32 bytes.`);
    }
  }
  return [...previous, ...added];
}

function collectSlow(text: string, previous: NetworkSettings['slow']): NetworkSettings['slow'] {
  const [name = '', digits = ''] = text.split('=', 2);
  if (!isOperatorName(name) || !/^\d+$/.test(digits) || Number(digits) > SLOW_MS_MAX) {
    throw new InvalidArgumentError(
      `write OPERATOR=MS with ${OPERATORS.join(', ')} and 0 to ${SLOW_MS_MAX}.`,
    );
  }
  return { ...previous, [name satisfies OperatorName]: Number(digits) };
}

function refuse(message: string): StreamSyncError {
  return new StreamSyncError('CONFIG_INVALID', {}, { message });
}
