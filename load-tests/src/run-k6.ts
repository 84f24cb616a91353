// k6 as a child process. It is no part of npm: where it is missing, that is said with the way to it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkUnderLoad } from './open-network.ts';

const MISSING = `k6 is not installed. With Go: go install go.k6.io/k6@latest, and its folder on PATH
(go env GOPATH says where; it is in bin there). The npm package of that name is another thing.
`;

export interface K6Run {
  /** The scenario's file. */
  readonly scenario: string;
  readonly network: NetworkUnderLoad;
  readonly duration: string;
  readonly json: boolean;
}

/** Returns k6's exit code: 99 where a threshold was missed. */
export async function runK6({ scenario, network, duration, json }: K6Run): Promise<number> {
  if (spawnSync('k6', ['version']).status !== 0) {
    process.stderr.write(MISSING);
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-load-'));
  const summary = join(folder, 'summary.json');
  try {
    const child = spawn('k6', ['run', '--quiet', '--summary-export', summary, scenario], {
      stdio: ['ignore', json ? 'ignore' : 'inherit', 'inherit'],
      env: {
        ...process.env,
        STREAMSYNC_URL: network.url,
        STREAMSYNC_NETWORK: JSON.stringify(network.facts),
        STREAMSYNC_DURATION: duration,
        K6_NO_USAGE_REPORT: 'true',
      },
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (json)
      process.stdout.write(`${JSON.stringify(JSON.parse(readFileSync(summary, 'utf8')))}\n`);
    return code ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
