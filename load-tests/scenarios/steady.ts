// Steady: 300 point reads a second for a minute, whatever the answers do. No error, and at least 99 %
// within the guarantee.
import { mustAsk } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';
import { DURATION, load, optionsOf } from '../lib/options.ts';

export const options = optionsOf('steady', { load: load({ rate: 300, duration: DURATION }) });

const { accounts } = network();
const QUERY = 'query($a: Address!) { account(address: $a) { address lamports owner } }';

export default function steady(): void {
  mustAsk(QUERY, { a: accounts[Math.floor(Math.random() * accounts.length)] });
}
