// Burst: far more at once than the gateway takes, then calm. Every answer is served or refused with a
// code that says to try later, and afterwards everything is served again.
import { ask } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';
import { arrivals, optionsOf } from '../lib/options.ts';

export const options = optionsOf('burst', {
  load: arrivals({ rate: 3_000, duration: '10s' }, '15s', 'default'),
  after: arrivals({ rate: 100, duration: '20s' }, '32s', 'default'),
});

const { accounts } = network();
const QUERY = 'query($a: Address!) { account(address: $a) { address lamports owner } }';

export default function burst(): void {
  ask(QUERY, { a: accounts[Math.floor(Math.random() * accounts.length)] });
}
