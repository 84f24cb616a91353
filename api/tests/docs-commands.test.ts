// The commands of the documentation that ask a gateway, run as they stand there.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { createStandInChain, type StandInChain } from './support/stand-in-chain.ts';

const run = promisify(execFile);
const PAGES = join(import.meta.dirname, '..', '..', 'docs', 'pages');

let door: FrontDoor;
let chain: StandInChain;
beforeAll(async () => {
  chain = createStandInChain();
  door = await openFrontDoor({}, chain);
});
afterAll(() => door.stop());

function commandsOf(page: string): string[] {
  const text = readFileSync(join(PAGES, page), 'utf8');
  return [...text.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, command = '']) =>
    command.replaceAll('http://127.0.0.1:4000', door.url),
  );
}

describe('the commands of the page', () => {
  it('of subscriptions follow the chain', async () => {
    const [command = ''] = commandsOf('subscriptions.md');
    const growing = setInterval(() => chain.grow(), 100);
    // The command ends itself, which curl calls a failure.
    const { stdout } = await run('bash', ['-c', command]).catch((error) => error);
    clearInterval(growing);
    expect(stdout).toMatch(/event: next\nid: \d+\ndata: \{"data":\{"slotAdvanced":\{"slot":"\d+"/);
  });

  it('of persisted documents send a document once, and then its hash', async () => {
    const [command = ''] = commandsOf('persisted-documents.md');
    const { stdout } = await run('bash', ['-c', command]);
    const answer = `{"data":{"network":{"tip":"${chain.tip}"}}}`;
    expect(stdout).toBe(answer + answer);
  });
});
