// Slow node: one operator of five answers 50 ms late (the runner starts it so). Every query is served
// by the others, within the guarantee.
import { mustAsk } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';
import { DURATION, load, optionsOf } from '../lib/options.ts';

export const options = optionsOf('slow-node', { load: load({ rate: 150, duration: DURATION }) });

const { accounts } = network();
const QUERY = 'query($a: Address!) { account(address: $a) { address lamports owner } }';

export default function slowNode(): void {
  mustAsk(QUERY, { a: accounts[Math.floor(Math.random() * accounts.length)] });
}
