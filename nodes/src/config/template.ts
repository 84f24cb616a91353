// The streamsync.toml that `streamsync init` writes: three nodes before a Solana RPC, with a comment
// on every choice. A test loads it, so that it never drifts from the schema.

interface TemplateInput {
  readonly operator: string;
  readonly rpcUrl: string;
  readonly wsUrl: string;
}

export function configTemplate({ operator, rpcUrl, wsUrl }: TemplateInput): string {
  return `# StreamSync operator. Paths are relative to this file. "streamsync run --config FILE" starts it.

# Who owns the stake of these nodes; a race seats one node of an operator.
operator = ${JSON.stringify(operator)}

# The cluster, as base58 of its genesis hash. "from source" asks the source.
genesisHash = "from source"

# Identities (keep them secret), journals and cursors.
dataFolder = "./streamsync-data"

# debug, info, warn, error or silent. Logs are JSON lines on stderr.
logLevel = "info"

[source]
# "yellowstone": Yellowstone gRPC of localnet, of a provider, or of a validator of your own (keys url,
#   xToken or YELLOWSTONE_X_TOKEN in the environment, rpcUrl, everyAccount, programs, addresses).
# "rpc": JSON-RPC and its WebSocket, of localnet or of any provider.
# "folders": folders of account dumps and blocks (keys accounts, blocks, transactions, cluster).
kind = "rpc"
rpcUrl = ${JSON.stringify(rpcUrl)}
wsUrl = ${JSON.stringify(wsUrl)}

# true only where every change of a slot arrives before the slot's own notification, as on localnet.
# Otherwise the slots are polled, answers say POLLED, and what is not followed below is NOT_COVERED.
completeStream = false

# What these nodes follow: every account of these programs, and these addresses.
programs = [
  "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
  "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
]
addresses = []

[metrics]
# Prometheus at /metrics, liveness at /health, readiness at /ready. Port 0 takes a free one.
listen = "127.0.0.1:7790"

# One table for each node. "listen" takes requests, "publish" sends heartbeats, offers and roots.
# Other machines reach tls+tcp://0.0.0.0:PORT, which needs:
#   [nodes.tls]
#   certificateFile = "node.crt"   # P-256
#   keyFile = "node.key"

# speed: point reads from memory.
[[nodes]]
name = "speed"
specialisation = "speed"
listen = "tcp://127.0.0.1:7700"
publish = "tcp://127.0.0.1:7701"
capacityUnitsPerSecond = 50000   # listed and enforced; a point read is one unit
bidNanoUsd = 1000                # per cost unit, in billionths of a US dollar

# cache: materialised lists (token accounts by owner and by mint, accounts by program).
[[nodes]]
name = "cache"
specialisation = "cache"
listen = "tcp://127.0.0.1:7702"
publish = "tcp://127.0.0.1:7703"
capacityUnitsPerSecond = 20000
bidNanoUsd = 1000

# archive: transactions by signature.
[[nodes]]
name = "archive"
specialisation = "archive"
listen = "tcp://127.0.0.1:7704"
publish = "tcp://127.0.0.1:7705"
capacityUnitsPerSecond = 20000
bidNanoUsd = 1000
`;
}
