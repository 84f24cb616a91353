// `streamsync status`: how each node says it is. A node that cannot be reached is a row too, and
// makes the command exit with 1, so that a script notices.
import { existsSync, readFileSync } from 'node:fs';
import { StreamSyncError } from '@streamsync/domain';
import { type DialTls, fingerprintOfPem } from '@streamsync/networking-core';
import { loadOrCreateIdentity } from '@streamsync/runtime';
import type { PublicFacts } from '@streamsync/wire';
import { identityFile, runningFile } from '../../config/folders.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { NodeConfig, OperatorConfig } from '../../config/schema.ts';
import { askNode } from './ask-node.ts';
import { formatTable } from './format-table.ts';
import { progressText } from './progress-text.ts';

interface StatusOptions {
  readonly configFile: string;
  readonly addresses: readonly string[] | null;
  readonly fingerprint: string | null;
  readonly json: boolean;
}

interface Target {
  readonly address: string;
  /** Of the configured identity; null where only an address was given. */
  readonly nodeKey: string | null;
  readonly tls: DialTls | null;
}

type Status =
  | { readonly address: string; readonly reachable: true; readonly facts: PublicFacts }
  | { readonly address: string; readonly reachable: false; readonly error: string };

export async function showStatus(options: StatusOptions): Promise<void> {
  const tls = options.fingerprint === null ? null : { fingerprintSha256: options.fingerprint };
  const targets: readonly Target[] =
    options.addresses?.map((address) => ({ address, nodeKey: null, tls })) ??
    targetsOf(loadConfig(options.configFile));
  const statuses = await Promise.all(targets.map(statusOf));
  process.stdout.write(options.json ? jsonOf(statuses) : tableOf(statuses));
  if (statuses.some((status) => !status.reachable)) process.exitCode = 1;
}

async function statusOf({ address, nodeKey, tls }: Target): Promise<Status> {
  try {
    const facts = await askNode(address, tls);
    if (nodeKey === null || facts.nodeKey === nodeKey) return { address, reachable: true, facts };
    return { address, reachable: false, error: `Another node answers here: ${facts.nodeKey}.` };
  } catch (error) {
    if (!(error instanceof StreamSyncError)) throw error;
    return { address, reachable: false, error: `${error.message} [${error.code}]` };
  }
}

function targetsOf(config: OperatorConfig): Target[] {
  const running = runningAddresses(config);
  return config.nodes.map((node) => {
    const address = node.listen.endsWith(':0') ? running.get(node.name) : node.listen;
    if (address === undefined) {
      throw new StreamSyncError(
        'NODE_UNREACHABLE',
        { node: node.name },
        { message: `Node ${node.name} listens on a free port and has not run yet.` },
      );
    }
    const tls =
      node.tls === undefined
        ? null
        : { fingerprintSha256: fingerprintOfPem(readFileSync(node.tls.certificateFile, 'utf8')) };
    return { address, nodeKey: configuredKey(config, node), tls };
  });
}

/** Null before the first run has made the identity. */
function configuredKey(config: OperatorConfig, node: NodeConfig): string | null {
  const file = identityFile(config, node);
  return existsSync(file) ? loadOrCreateIdentity(file).nodeKey : null;
}

function runningAddresses(config: OperatorConfig): Map<string, string> {
  const found = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync(runningFile(config), 'utf8');
  } catch {
    return found;
  }
  const running = JSON.parse(text) as { nodes: { name: string; address: string }[] };
  for (const { name, address } of running.nodes) found.set(name, address);
  return found;
}

function jsonOf(statuses: readonly Status[]): string {
  const text = JSON.stringify(
    statuses,
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  );
  return `${text}\n`;
}

const HEADER = [
  'NODE',
  'SPECIALISATION',
  'ADDRESS',
  'APPLIED SLOT',
  'LAG',
  'ACCOUNTS',
  'TRANSACTIONS',
  'SESSIONS',
  'LOAD',
  'PROGRESS',
];

function tableOf(statuses: readonly Status[]): string {
  const rows = statuses.map((status) => {
    if (!status.reachable) return ['-', '-', status.address, status.error];
    const cell = (name: string): string => String(status.facts[name] ?? '-');
    const load = status.facts.loadPermille;
    return [
      cell('nodeKey').slice(0, 16),
      cell('specialisation'),
      status.address,
      cell('appliedSlot'),
      cell('lagMs') === '-' ? '-' : `${cell('lagMs')} ms`,
      cell('accounts'),
      cell('transactions'),
      cell('sessions'),
      typeof load === 'bigint' ? `${Number(load) / 10} %` : '-',
      progressText(status.facts),
    ];
  });
  return formatTable(HEADER, rows);
}
