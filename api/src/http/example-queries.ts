// What a visitor of GraphiQL finds in the editor: queries that work on every network.
export const EXAMPLE_QUERIES = `# StreamSync: every answer below was given by independent operators at one slot,
# and served because they agreed. See "extensions.streamsync" of the response.

query Wallet {
  account(address: "11111111111111111111111111111111") {
    __typename
    address
    lamports
    owner
    slot
  }
}

# Five operators must agree, all of them.
query Strict @consistency(trust: UNANIMOUS, racers: 5) {
  account(address: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA") {
    executable
    space
  }
}

# A page of a program's accounts, each as what its bytes are.
query Tokens {
  programAccounts(program: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", first: 5) {
    nodes {
      __typename
      address
      ... on Mint { supply decimals }
      ... on TokenAccount { amount mint tokenOwner mintAccount { ... on Mint { decimals } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}

query Network {
  network { tip genesisHash nodes { specialisation operator state appliedSlot } }
}
`;
