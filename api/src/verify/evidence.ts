// What is kept of disagreements and broken promises: who said what at which pin, with the proofs of
// the leaves once their roots have come. Invariant: bounded in number and in bytes, the oldest leave
// first; a body too large to keep is kept as its hash.

import type { NodeKey, OperatorId } from '@streamsync/domain';
import type { LeafProof, LedgerEvidence } from '@streamsync/networking-core';
import type { DecidedRace } from '../pipeline/ports.ts';
import type { RaceObserver, Seat } from '../racing/ports.ts';

/** A few days of a network in which nodes err now and then. */
const ENTRIES_MAX = 1_000;
const BYTES_MAX = 32 * 1024 * 1024;
/** A page of a list fits; more is proved by its hash, and asked for again where it matters. */
const BODY_BYTES_MAX = 64 * 1024;

export interface DisagreedAnswer {
  readonly nodeKey: NodeKey;
  readonly operator: OperatorId;
  readonly served: boolean;
  /** Lowercase hex SHA-256 of the body. */
  readonly resultHash: string;
  /** Null where it was too large to keep. */
  readonly body: Uint8Array | null;
  readonly servedAtMs: number;
  readonly leafSequenceFirst: number;
  readonly attested: boolean | null;
  /** One for each item, once the root has come. */
  readonly proofs: readonly LeafProof[];
}

export interface Disagreement {
  readonly kind: 'disagreement';
  readonly raceId: string;
  readonly operation: string;
  /** The questions, as they were asked. */
  readonly items: readonly Uint8Array[];
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
  readonly answers: readonly DisagreedAnswer[];
}

export type Evidence = Disagreement | LedgerEvidence;

export interface EvidenceKeeper extends RaceObserver {
  /** What a session found: a root that contradicts its answers. */
  keep(evidence: LedgerEvidence): void;
  /** The newest last. */
  all(): readonly Evidence[];
}

interface Entry {
  evidence: Evidence;
  readonly sizeBytes: number;
}

export function createEvidenceKeeper(
  limits: { readonly entriesMax?: number; readonly bytesMax?: number } = {},
): EvidenceKeeper {
  const { entriesMax = ENTRIES_MAX, bytesMax = BYTES_MAX } = limits;
  const entries: Entry[] = [];
  /** Disagreements whose roots are still to come. */
  const open = new WeakMap<
    DecidedRace,
    { readonly entry: Entry; readonly read: () => Disagreement }
  >();
  let sizeBytes = 0;

  function add(entry: Entry): void {
    entries.push(entry);
    sizeBytes += entry.sizeBytes;
    while (entries.length > entriesMax || (sizeBytes > bytesMax && entries.length > 1)) {
      sizeBytes -= entries.shift()?.sizeBytes ?? 0;
    }
  }

  return {
    keep: (evidence) => add({ evidence, sizeBytes: 1_024 + evidence.leafHashes.length * 32 }),
    all: () => entries.map(({ evidence }) => evidence),
    collected: (race, seats, agreement) => {
      if (!agreement.disagreed) return;
      const answers = copyAnswers(seats, agreement.served?.bytes ?? null);
      const read = (): Disagreement => ({
        kind: 'disagreement',
        raceId: race.record().id,
        ...answers.facts,
        answers: answers.list.map(({ answer, copied }) => ({
          ...copied,
          attested: answer.attested,
          proofs: answer.proofs ?? [],
        })),
      });
      const entry: Entry = { evidence: read(), sizeBytes: answers.sizeBytes };
      add(entry);
      open.set(race, { entry, read });
    },
    settled: (race) => {
      const waiting = open.get(race);
      if (waiting === undefined) return;
      waiting.entry.evidence = waiting.read();
      open.delete(race);
    },
  };
}

/** The bodies are views of what a socket read: evidence has copies. */
function copyAnswers(seats: readonly Seat[], served: Uint8Array | null) {
  const list = seats.flatMap(({ node, answer }) => {
    if (answer === null) return [];
    const { bytes } = answer.body;
    const copied = {
      nodeKey: node.nodeKey,
      operator: node.operator,
      served: served === bytes,
      resultHash: Buffer.from(answer.body.hash()).toString('hex'),
      body: bytes.length <= BODY_BYTES_MAX ? bytes.slice() : null,
      servedAtMs: answer.servedAtMs,
      leafSequenceFirst: answer.leafSequenceFirst,
    };
    return [{ answer, copied }];
  });
  const [first] = list;
  const call = first?.answer.call.call;
  const facts = {
    operation: call?.operation ?? '',
    items: call?.items ?? [],
    slot: call?.slot ?? 0n,
    blockhash: (call?.blockhash ?? new Uint8Array(0)).slice(),
  };
  let sizeBytes = 1_024;
  for (const { copied } of list) sizeBytes += 512 + (copied.body?.length ?? 0);
  for (const item of facts.items) sizeBytes += item.length;
  return { list, facts, sizeBytes };
}
