// What the runner says of the network under load, for the scenarios: addresses to ask for.

export interface Network {
  readonly demo: Readonly<Record<'owner' | 'mint' | 'tokenAccount', string>>;
  /** Accounts of the demo owner, for loads that spread. */
  readonly accounts: readonly string[];
}

/** @throws where the scenario was not started by the runner */
export function network(): Network {
  const said = __ENV.STREAMSYNC_NETWORK;
  if (said === undefined)
    throw new Error('start a scenario by: npm run load -w load-tests -- NAME');
  return JSON.parse(said) as Network;
}
