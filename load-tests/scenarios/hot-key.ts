// Hot key: everybody asks for the same account. It is raced for each of them, and stays within the
// guarantee.
import { mustAsk } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';
import { DURATION, load, optionsOf } from '../lib/options.ts';

export const options = optionsOf('hot-key', { load: load({ rate: 400, duration: DURATION }) });

const { demo } = network();
const QUERY = `{ account(address: "${demo.tokenAccount}") { address lamports ... on TokenAccount { amount } } }`;

export default function hotKey(): void {
  mustAsk(QUERY);
}
