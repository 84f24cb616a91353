// Lying node: a sixth operator answers every question wrongly, in time and signed (the runner starts
// it). No lie is ever served, and the lies are seen.
import { Counter } from 'k6/metrics';
import { mustAsk } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';
import { DURATION, load, optionsOf } from '../lib/options.ts';

export const options = optionsOf('lying-node', { load: load({ rate: 150, duration: DURATION }) });

const liesServed = new Counter('streamsync_lies_served');
const liesCaught = new Counter('streamsync_lies_caught');

const { demo } = network();
const QUERY = `{ account(address: "${demo.mint}") { owner ... on Mint { decimals mintAuthority } } }`;
let truth: string | null = null;

export default function lyingNode(): void {
  const answer = mustAsk(QUERY);
  if (answer?.data == null) return;
  // What never changes of the mint: the first answer of each user is compared with all later ones,
  // and a lie changes a bit of the bytes.
  // Field by field: k6 gives an object's keys in any order.
  const { owner, decimals, mintAuthority } = answer.data.account as Record<string, unknown>;
  const account = JSON.stringify([owner, decimals, mintAuthority]);
  truth ??= account;
  if (account !== truth) liesServed.add(1);
  const outcomes = answer.extensions?.streamsync.races.flatMap(({ racers }) => racers ?? []) ?? [];
  if (outcomes.some(({ outcome }) => outcome === 'disagreed')) liesCaught.add(1);
}
