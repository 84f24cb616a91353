// The network under load: one of its own in a folder that is removed afterwards, or one that runs.
// The lying node is a sixth operator, so its scenario has a gateway of its own that knows it too.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type FollowingNode, startFollowingNode } from '@streamsync/testkit';

const ROOT = join(import.meta.dirname, '..', '..');
const DEVNET = join(ROOT, 'packages', 'devnet', 'src', 'main.ts');
const GATEWAY = join(ROOT, 'api', 'src', 'main.ts');
const SLOW_OPERATOR = 'alpha=50';
const ACCOUNTS_MAX = 50;

export interface NetworkUnderLoad {
  /** The gateway's GraphQL address. */
  readonly url: string;
  /** What the scenarios are told. */
  readonly facts: {
    readonly demo: Readonly<Record<string, string>>;
    readonly accounts: readonly string[];
  };
  stop(): Promise<void>;
}

interface Description {
  readonly genesisHash: string;
  readonly graphql: { readonly url: string };
  readonly rpc: { readonly url: string; readonly webSocketUrl: string };
  readonly nodes: readonly {
    readonly id: string;
    readonly operator: string;
    readonly specialisation: string;
    readonly address: string;
    readonly publishAddress: string;
  }[];
  readonly demo: Readonly<Record<string, string>>;
}

export async function openNetwork(options: {
  readonly scenario: string;
  /** Null: a network of its own. */
  readonly url: string | null;
}): Promise<NetworkUnderLoad> {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-load-'));
  const children: ChildProcess[] = [];
  let liar: FollowingNode | null = null;
  const stop = async (): Promise<void> => {
    await liar?.stop();
    for (const child of children.reverse()) {
      if (child.exitCode !== null) continue;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (options.url !== null) {
      return {
        url: options.url,
        facts: await factsOf(options.url, await demoOf(options.url)),
        stop,
      };
    }
    const slow = options.scenario === 'slow-node' ? ['--slow', SLOW_OPERATOR] : [];
    const args = [DEVNET, '--json', '--ports', '0', '--dir', folder, ...slow];
    const network = (await startChild(children, args, {})) as Description;
    let { url } = network.graphql;
    if (options.scenario === 'lying-node') {
      liar = await startFollowingNode({
        fault: 'lies',
        operator: 'foxtrot',
        rpcUrl: network.rpc.url,
        wsUrl: network.rpc.webSocketUrl,
      });
      url = await startGateway(children, folder, network, liar);
    }
    return { url, facts: await factsOf(url, network.demo), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startGateway(
  children: ChildProcess[],
  folder: string,
  network: Description,
  liar: FollowingNode,
): Promise<string> {
  const peers = [
    ...network.nodes.map(({ id, operator, specialisation, address, publishAddress }) => ({
      nodeKey: id,
      operator,
      specialisation,
      address,
      publish: publishAddress,
    })),
    { ...liar.node.peer, publish: liar.node.peer.publishAddress },
  ];
  const peersFile = join(folder, 'peers-with-liar.json');
  writeFileSync(peersFile, JSON.stringify(peers));
  const said = (await startChild(children, [GATEWAY], {
    PORT: '0',
    PEERS: peersFile,
    DATA_DIR: join(folder, 'second-gateway'),
    GENESIS_HASH: network.genesisHash,
    SOLANA_RPC_URL: network.rpc.url,
    SOLANA_WS_URL: network.rpc.webSocketUrl,
    LOG_LEVEL: 'warn',
  })) as { readonly graphqlUrl: string };
  return said.graphqlUrl;
}

/** Starts a program and reads the JSON line that it prints when it is ready. */
async function startChild(
  children: ChildProcess[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<unknown> {
  const child = spawn(process.execPath, [...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    return JSON.parse(line);
  }
  throw new Error(`${args[0]} ended before it was ready`);
}

interface Entry {
  readonly address: string;
}

async function ask(url: string, query: string): Promise<Record<string, never>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query }),
  }).catch(() => {
    throw new Error(`nothing answers at ${url}`);
  });
  const { data, errors } = (await response.json()) as {
    readonly data: Record<string, never>;
    readonly errors?: unknown;
  };
  if (errors !== undefined)
    throw new Error(`the network refused ${query}: ${JSON.stringify(errors)}`);
  return data;
}

async function factsOf(
  url: string,
  demo: Readonly<Record<string, string>>,
): Promise<NetworkUnderLoad['facts']> {
  const { tokenAccounts } = (await ask(
    url,
    `{ tokenAccounts(mint: "${demo.mint}", first: ${ACCOUNTS_MAX}) { nodes { address } } }`,
  )) as unknown as { readonly tokenAccounts: { readonly nodes: readonly Entry[] } };
  return { demo, accounts: tokenAccounts.nodes.map(({ address }) => address) };
}

/** Of a network that runs already, as its own `npm start` wrote it. */
async function demoOf(url: string): Promise<Readonly<Record<string, string>>> {
  const program = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
  const { programAccounts } = (await ask(
    url,
    `{ programAccounts(program: "${program}", first: 100) { nodes { __typename address ... on TokenAccount { mint tokenOwner } } } }`,
  )) as unknown as {
    readonly programAccounts: {
      readonly nodes: readonly (Entry & {
        readonly __typename: string;
        readonly mint?: string;
        readonly tokenOwner?: string;
      })[];
    };
  };
  const account = programAccounts.nodes.find(({ __typename }) => __typename === 'TokenAccount');
  if (account?.mint === undefined || account.tokenOwner === undefined) {
    throw new Error(`${url} serves no token account to ask for`);
  }
  return { owner: account.tokenOwner, mint: account.mint, tokenAccount: account.address };
}
