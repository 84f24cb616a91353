// The corpus's blocks through real operator processes: in order, and out of order, twice, with gaps
// that are filled later, with branches that the chain leaves, and with kill -9 on the way. Whatever
// the way was, the archive ends in the same state: each answer about history has the same bytes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addressBytes, addressFromBytes, type Blockhash, parseSignature } from '@streamsync/domain';
import type { HeartbeatPin } from '@streamsync/wire';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Branch,
  branchOf,
  hashOf,
  isCorpusAbsent,
  readChain,
} from './support/corpus-chain.ts';
import { historyAnswers, type Questions } from './support/history-answers.ts';
import { writeOperatorConfig } from './support/operator-config.ts';
import { OperatorUnderTest } from './support/operator-under-test.ts';
import { transactionsAt } from './support/read-answers.ts';
import { type ReplayedBlock, ReplayedChain } from './support/replayed-chain.ts';
import { streamsync, type TemporaryFolder, temporaryFolder } from './support/run-command.ts';
import { until } from './support/until.ts';

const GENESIS = addressFromBytes(hashOf('genesis of the replayed chain'));
/** Addresses whose lists are asked for, of the 2,000 or so; the seed draws them. */
const SAMPLED_ADDRESSES = 120;
const APPLIED_MS_MAX = 90_000;

const seed = Number(process.env.STREAMSYNC_SEED ?? Date.now() % 1_000_000_007);

/** An order that the seed makes. */
const shuffled = <Item>(items: readonly Item[], name: string): Item[] =>
  items
    .map((item, index) => ({ item, at: hashOf(seed, name, index).readUInt32BE() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);

interface State {
  readonly tip: string;
  readonly ranges: readonly string[];
  readonly answers: ReadonlyMap<string, string>;
}

describe.skipIf(isCorpusAbsent)('real blocks in whatever order', () => {
  let chain: readonly ReplayedBlock[];
  let branches: readonly Branch[];
  let questions: Questions;
  let plain: State;
  const folders: TemporaryFolder[] = [];
  let operator: OperatorUnderTest | null = null;
  let server: ReplayedChain | null = null;

  const tip = (): ReplayedBlock => chain.at(-1) as ReplayedBlock;
  const newFolder = (): TemporaryFolder => {
    const folder = temporaryFolder();
    folders.push(folder);
    return folder;
  };

  afterEach(async () => {
    await operator?.stop('SIGKILL');
    await server?.stop();
    operator = server = null;
  });
  afterAll(() => {
    for (const folder of folders) folder.remove();
  });

  /** The operator's newest pin, once it is this block's. */
  const appliedPin = (running: OperatorUnderTest, block: ReplayedBlock): Promise<HeartbeatPin> =>
    until(
      `block ${block.slot} ${block.blockhash}`,
      () => {
        const pin = running.node('archive').heartbeat?.pins.at(-1);
        const isThere =
          pin?.slot === BigInt(block.slot) &&
          Buffer.from(pin.blockhash).equals(addressBytes(block.blockhash as Blockhash));
        return isThere ? pin : null;
      },
      APPLIED_MS_MAX,
    );

  const rangesOf = (running: OperatorUnderTest): string[] =>
    (running.node('archive').heartbeat?.historyRanges ?? []).map(
      ({ slotFirst, slotLast }) => `${slotFirst} to ${slotLast}`,
    );

  /** The state at the end of the chain, once history has no gap. */
  async function stateOf(running: OperatorUnderTest): Promise<State> {
    const pin = await appliedPin(running, tip());
    const whole = `${chain[0]?.slot} to ${tip().slot}`;
    await until(
      `one range, ${whole}`,
      () => rangesOf(running).join() === whole,
      APPLIED_MS_MAX,
    ).catch((error) => {
      throw new Error(`held: ${rangesOf(running).join(', ')}`, { cause: error });
    });
    const answers = await historyAnswers(running, pin, questions);
    return {
      tip: `${pin.slot} ${addressFromBytes(pin.blockhash)}`,
      ranges: rangesOf(running),
      answers,
    };
  }

  function expectSame(state: State, other: State): void {
    expect(state.tip).toBe(other.tip);
    expect(state.ranges).toEqual(other.ranges);
    const different = [...other.answers].flatMap(([name, answer]) => {
      const found = state.answers.get(name);
      return found === answer ? [] : [`${name}: ${found} and not ${answer}`];
    });
    expect(different).toEqual([]);
    expect(state.answers.size).toBe(other.answers.size);
  }

  /** An operator that has applied the first block and follows the rest. */
  async function startFollowing(): Promise<{
    running: OperatorUnderTest;
    server: ReplayedChain;
  }> {
    const replayed = await ReplayedChain.start(GENESIS);
    server = replayed;
    replayed.serve(chain.slice(0, 1));
    const url = `127.0.0.1:${replayed.port}`;
    const config = writeOperatorConfig(
      newFolder().path,
      `kind = "rpc"\nrpcUrl = "http://${url}"\nwsUrl = "ws://${url}"\ncompleteStream = true`,
    );
    const running = await OperatorUnderTest.start(config);
    operator = running;
    await appliedPin(running, chain[0] as ReplayedBlock);
    await until('a follower', () => replayed.followers === 1);
    return { running, server: replayed };
  }

  /** Blocks from `first` up to `last` by their place, one after another. */
  function announceUpTo(replayed: ReplayedChain, first: number, last: number): void {
    for (let index = first; index <= last; index += 1) {
      replayed.serve(chain.slice(0, index + 1));
      replayed.announce(chain[index] as ReplayedBlock);
    }
  }

  const writeFolder = (
    name: (block: ReplayedBlock, index: number) => string,
    blocks: readonly ReplayedBlock[],
    folder = newFolder(),
  ): TemporaryFolder => {
    for (const [index, block] of blocks.entries()) {
      const path = join(folder.path, 'blocks', name(block, index));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, block.text);
    }
    return folder;
  };

  async function feedFolder(folder: TemporaryFolder): Promise<OperatorUnderTest> {
    const config = writeOperatorConfig(folder.path, 'kind = "folders"\nblocks = "blocks"');
    operator = await OperatorUnderTest.start(config);
    return operator;
  }

  beforeAll(async () => {
    process.stdout.write(`corpus-mangled: STREAMSYNC_SEED=${seed}\n`);
    chain = readChain();
    branches = [branchOf(chain, 20, 1), branchOf(chain, 35, 6), branchOf(chain, 50, 12)];
    const addresses = new Set<string>();
    const tokens = new Map<string, readonly [string, string]>();
    const signatures: string[] = [];
    for (const { text } of chain) {
      for (const { transaction, meta } of JSON.parse(text).transactions) {
        // Of the packed ones the lists by slot tell.
        if (Array.isArray(transaction)) continue;
        if (signatures.length % 50 === 0) signatures.push(transaction.signatures[0]);
        else signatures.push('');
        for (const key of transaction.message.accountKeys) addresses.add(key);
        for (const { accountIndex, mint, owner } of meta.postTokenBalances ?? []) {
          for (const key of [transaction.message.accountKeys[accountIndex], owner]) {
            if (key) tokens.set(`${key} ${mint}`, [key, mint]);
          }
        }
      }
    }
    questions = {
      slotFirst: chain[0]?.slot ?? 0,
      slotLast: tip().slot,
      signatures: [
        ...signatures.filter((text) => text !== ''),
        ...branches.flatMap((branch) => branch.signatures),
      ],
      addresses: [
        ...shuffled([...addresses], 'addresses').slice(0, SAMPLED_ADDRESSES),
        ...branches.map(({ address }) => address),
      ],
      tokens: [...tokens.values()],
    };
    const { running, server: replayed } = await startFollowing();
    announceUpTo(replayed, 1, chain.length - 1);
    plain = await stateOf(running);
    await running.stop();
    await replayed.stop();
    operator = server = null;
  }, 240_000);

  it('has answers to compare', () => {
    expect(chain.length).toBeGreaterThan(70);
    expect(questions.tokens.length).toBeGreaterThan(50);
    const kinds = new Map<string, Set<string>>();
    for (const [name, answer] of plain.answers) {
      const operation = name.split(' ')[0] ?? '';
      kinds.set(operation, (kinds.get(operation) ?? new Set()).add(answer));
    }
    expect([...kinds.keys()].sort()).toEqual([
      'balanceHistory.byAddress',
      'block.get',
      'blocks.range',
      'transaction.get',
      'transactions.byAddress',
      'transactions.bySlot',
      'transactions.count',
    ]);
    for (const [operation, answers] of kinds) {
      expect(answers.size, operation).toBeGreaterThan(1);
    }
    const before = (questions.slotFirst - 1).toString();
    expect(plain.answers.get(`block.get ${before}`)).toBe('HISTORY_NOT_COVERED');
  });

  it('is the same where slots are announced late, between others, and twice', {
    timeout: 240_000,
  }, async () => {
    const { running, server: replayed } = await startFollowing();
    const windowSlots = 6;
    for (let index = 1; index < chain.length; index += windowSlots) {
      const window = chain.slice(index, index + windowSlots);
      replayed.serve(chain.slice(0, index + window.length));
      const again = shuffled(chain.slice(0, index), `again ${index}`).slice(0, 2);
      for (const block of shuffled([...window, ...window, ...again], `window ${index}`)) {
        replayed.announce(block);
      }
      await appliedPin(running, window.at(-1) as ReplayedBlock);
    }
    expectSame(await stateOf(running), plain);
  });

  it('is the same where the stream leaves slots out, and their blocks come late', {
    timeout: 240_000,
  }, async () => {
    const { running, server: replayed } = await startFollowing();
    const isLeftOut = (index: number) =>
      index === 10 || (index >= 25 && index < 28) || (index >= 40 && index < 55);
    for (let index = 1; index < chain.length; index += 1) {
      replayed.serve(chain.slice(0, index + 1));
      const { slot } = chain[index] as ReplayedBlock;
      if (isLeftOut(index)) replayed.refuse(slot, 2);
      else replayed.announce(chain[index] as ReplayedBlock);
    }
    expectSame(await stateOf(running), plain);
  });

  it('is the same where the chain leaves branches, also while the operator is down', {
    timeout: 240_000,
  }, async () => {
    const { running, server: replayed } = await startFollowing();
    let applied = 0;
    for (const [number, { blocks, signatures }] of branches.entries()) {
      const start = chain.findIndex(({ slot }) => slot === blocks[0]?.slot);
      announceUpTo(replayed, applied + 1, start - 1);
      replayed.serve([...chain.slice(0, start), ...blocks]);
      for (const block of blocks) replayed.announce(block);
      const pin = await appliedPin(running, blocks.at(-1) as ReplayedBlock);
      const [served] = await transactionsAt(running, pin, [parseSignature(signatures[0] ?? '')]);
      expect(served?.slot).toBe(BigInt(blocks[0]?.slot ?? 0));
      // A branch in the same slots is left when the next block names the other one.
      const next = start + blocks.length;
      if (number === branches.length - 1) {
        replayed.serve(chain.slice(0, next + 1));
        await running.killAndRestart();
        await until('a follower', () => replayed.followers === 1);
      } else announceUpTo(replayed, start, next);
      await appliedPin(running, chain[next] as ReplayedBlock);
      applied = next;
    }
    announceUpTo(replayed, applied + 1, chain.length - 1);
    expectSame(await stateOf(running), plain);
  });

  it('is the same where folders feed it, in names of any order, twice, with files of branches', {
    timeout: 240_000,
  }, async () => {
    const folder = writeFolder(({ slot }) => `${slot}.json`, chain);
    expectSame(await stateOf(await feedFolder(folder)), plain);
    await operator?.killAndRestart();
    expectSame(await stateOf(operator as OperatorUnderTest), plain);
    await operator?.stop();

    const all = [...chain, ...chain, ...branches.flatMap(({ blocks }) => blocks)];
    const mangled = writeFolder(
      ({ slot }, index) =>
        `${hashOf(seed, index).toString('hex').slice(0, 4)}/${slot}.${index}.json`,
      shuffled(all, 'files'),
    );
    expectSame(await stateOf(await feedFolder(mangled)), plain);
  });

  it('knows what folders leave out, and is the same once all is there', {
    timeout: 240_000,
  }, async () => {
    const missing = chain[30] as ReplayedBlock;
    const rest = chain.filter((block) => block !== missing);
    const folder = writeFolder(({ slot }) => `${slot}.json`, rest);
    const running = await feedFolder(folder);
    const pin = await appliedPin(running, tip());
    const before = chain[29] as ReplayedBlock;
    const after = chain[31] as ReplayedBlock;
    await until('two ranges', () => rangesOf(running).length === 2);
    expect(rangesOf(running)).toEqual([
      `${chain[0]?.slot} to ${before.slot}`,
      `${after.slot} to ${tip().slot}`,
    ]);
    const answers = await historyAnswers(running, pin, { ...questions, addresses: [], tokens: [] });
    // What is there answers as ever; what is not is an error, and so is a list across it.
    for (const [name, answer] of plain.answers) {
      if (!/^(block|transactions\.bySlot|blocks)/.test(name)) continue;
      const isMissing = name.includes(` ${missing.slot}`) || name.startsWith('blocks.range');
      expect(answers.get(name), name).toBe(isMissing ? 'HISTORY_NOT_COVERED' : answer);
    }
    await running.stop();
    operator = null;

    writeFolder(({ slot }) => `${slot}.json`, [missing], folder);
    const refused = await streamsync(['run', '--config', running.configFile]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/holds another chain/);
    const whole = writeFolder(({ slot }) => `${slot}.json`, chain);
    expectSame(await stateOf(await feedFolder(whole)), plain);
  });
});
