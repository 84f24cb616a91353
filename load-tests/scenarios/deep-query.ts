// Deep query: a page of token accounts with their mints, metadata and owners, in dependent stages.
import { mustAsk } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';
import { DURATION, load, optionsOf } from '../lib/options.ts';

export const options = optionsOf('deep-query', { load: load({ rate: 20, duration: DURATION }) });

const { demo } = network();
const QUERY = `query($mint: Address!) {
  tokenAccounts(mint: $mint, first: 50) {
    nodes { address amount tokenOwnerAccount { lamports } mintAccount { address ... on Mint { supply decimals } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export default function deepQuery(): void {
  mustAsk(QUERY, { mint: demo.mint });
}
