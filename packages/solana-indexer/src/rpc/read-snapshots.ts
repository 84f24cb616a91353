// Lists of all programs that a source follows, those found among their accounts included: what both
// the stream over PubSub and the one over gRPC begin with.
import type { Address } from '@streamsync/domain';
import type { FollowedPrograms } from './followed-programs.ts';
import type { RpcHttpClient } from './http-client.ts';
import { readAddresses, readProgram } from './read-chain.ts';
import type { Snapshot } from './slot-writes.ts';

/** Lists that are asked for at once. */
const SNAPSHOT_CALLS_MAX = 8;

export interface ReadSnapshotsOptions {
  readonly rpc: RpcHttpClient;
  readonly addresses: readonly Address[];
  readonly programs: FollowedPrograms;
  /** Awaited after each batch of lists, which may have brought new programs. */
  readonly onBatch?: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** @throws StreamSyncError SOURCE_FAILED */
export async function readSnapshots(options: ReadSnapshotsOptions): Promise<Snapshot[]> {
  const { rpc, programs, signal } = options;
  const addresses = await readAddresses(rpc, options.addresses, signal);
  const snapshots: Snapshot[] = addresses.map((part) => ({ ...part, program: null }));
  const read = new Set<Address>();
  for (;;) {
    const batch = [...programs.all]
      .filter((program) => !read.has(program))
      .slice(0, SNAPSHOT_CALLS_MAX);
    if (batch.length === 0) return snapshots;
    const lists = await Promise.all(
      batch.map(async (program) => ({ ...(await readProgram(rpc, program, signal)), program })),
    );
    for (const list of lists) {
      read.add(list.program);
      snapshots.push(list);
      for (const { address, state } of list.accounts) {
        if (state?.executable) programs.follow(address);
      }
    }
    await options.onBatch?.();
  }
}
