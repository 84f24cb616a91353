// A network in one object: the ports that the spine needs over maps of accounts and transactions, so
// that the front door can be tested without nodes. Every race has three racers who agree.

import {
  type AccountState,
  type Address,
  addressBytes,
  addressFromBytes,
  type HistoryRange,
  type NodeKey,
  OPERATIONS,
  type OperatorId,
  parseSlot,
  type Signature,
  type Slot,
  SPECIALISATIONS,
  type Specialisation,
  StreamSyncError,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  SPL_TOKEN_PROGRAM,
  TOKEN_METADATA_PROGRAM,
  tokenAccountKeys,
} from '@streamsync/program-parser';
import {
  type AccountEntry,
  decodeAddressArguments,
  decodePageArguments,
  decodeSignatureArguments,
  encodeAccountItem,
  encodeAccountPage,
  encodeTransactionItem,
} from '@streamsync/wire';
import type { NetworkRooms } from '../../src/app.ts';
import type {
  Batch,
  DecidedRace,
  NodeView,
  QueryReceipt,
  RaceRecord,
  RaceRequest,
} from '../../src/pipeline/ports.ts';
import { answerFromHistory, type StandInHistory } from './stand-in-history.ts';
import { answerList } from './stand-in-lists.ts';

const BLOCKHASH = addressFromBytes(new Uint8Array(32).fill(9)) as string;

export interface StandInNetwork extends NetworkRooms {
  readonly accounts: Map<Address, AccountState>;
  readonly transactions: Map<Signature, TransactionRecord>;
  /** Every race that was run, oldest first. */
  readonly raced: RaceRequest[];
  readonly nodeKeys: readonly NodeKey[];
  readonly history: NetworkRooms['history'] & StandInHistory;
  /** The window: slots from here on have a pin of their own. */
  slotFirst: Slot;
  /** Where the history of the archives begins. */
  historySlotFirst: Slot;
  tip: Slot;
  readyPools: Specialisation[];
  /** When set, races fail with it. */
  failure: StreamSyncError | null;
  /** When set, races wait for it. */
  gate: Promise<void> | null;
}

const nodeKeyOf = (index: number): NodeKey =>
  index.toString(16).padStart(2, '0').repeat(32) as NodeKey;

export function createStandInNetwork(): StandInNetwork {
  const accounts = new Map<Address, AccountState>();
  const transactions = new Map<Signature, TransactionRecord>();
  const raced: RaceRequest[] = [];
  const races = new Map<string, RaceRecord>();
  const receipts = new Map<string, QueryReceipt>();
  const nodeKeys = Array.from({ length: 15 }, (_, index) => nodeKeyOf(index + 1));

  function page(key: Uint8Array, operation: string, item: Uint8Array): Uint8Array {
    const { after, limit } = decodePageArguments(item);
    const wanted = Buffer.from(key);
    const entries: AccountEntry[] = [...accounts]
      .filter(([, state]) => {
        if (operation === 'programAccounts.byProgram') {
          return wanted.equals(addressBytes(state.owner));
        }
        const keys = tokenAccountKeys(state.owner, state.data);
        if (keys === null) return false;
        return wanted.equals(operation === 'tokenAccounts.byMint' ? keys.mint : keys.owner);
      })
      .map(([address, state]) => ({ address, state }))
      .sort((a, b) => Buffer.compare(addressBytes(a.address), addressBytes(b.address)))
      .filter(({ address }) => after === null || Buffer.compare(addressBytes(address), after) > 0);
    return encodeAccountPage({ entries: entries.slice(0, limit), more: entries.length > limit });
  }

  function answer(operation: Batch['operation'], item: Uint8Array): Uint8Array {
    switch (operation) {
      case 'account.get':
        return encodeAccountItem(
          accounts.get(addressFromBytes(decodeAddressArguments(item))) ?? null,
        );
      case 'transaction.get':
        return encodeTransactionItem(
          transactions.get(signatureFromBytes(decodeSignatureArguments(item))) ?? null,
        );
      case 'programAccounts.byIndex':
      case 'programAccounts.scan':
      case 'accounts.count':
        return answerList(accounts, operation, item);
      default:
        return (
          answerFromHistory(network.history, operation, item) ??
          page(decodePageArguments(item).key, operation, item)
        );
    }
  }

  const held = (): HistoryRange => ({
    slotFirst: network.historySlotFirst,
    slotLast: network.tip,
  });

  const network: StandInNetwork = {
    accounts,
    transactions,
    raced,
    nodeKeys,
    slotFirst: parseSlot(100),
    historySlotFirst: parseSlot(100),
    tip: parseSlot(1_000),
    readyPools: [...SPECIALISATIONS],
    failure: null,
    gate: null,
    history: {
      blocks: new Map(),
      versions: new Map(),
      holds: (_request, stretches) =>
        stretches.every(
          ({ slotFirst, slotLast }) => slotFirst >= held().slotFirst && slotLast <= held().slotLast,
        ),
      slotFirst: (_request, slotLast) =>
        slotLast >= held().slotFirst && slotLast <= held().slotLast ? held().slotFirst : null,
      notCovered: (_request, { slotFirst, slotLast }) =>
        new StreamSyncError('HISTORY_NOT_COVERED', { slotFirst, slotLast }),
    },
    pins: {
      choosePin({ slot }) {
        if (slot !== null && slot > network.tip) {
          return { kind: 'refused', error: new StreamSyncError('FUTURE_SLOT', { slot }) };
        }
        if (slot !== null && slot < network.slotFirst) {
          return { kind: 'refused', error: new StreamSyncError('HISTORY_NOT_COVERED', { slot }) };
        }
        const pinned = slot ?? network.tip;
        return {
          kind: 'pinned',
          pin: { slot: pinned, blockhash: BLOCKHASH as never },
          tip: network.tip,
          provenance: 'STREAMED',
        };
      },
    },
    pinStream: {
      view(pool) {
        const pinned = network.pins.choosePin({
          pools: [pool],
          slot: null,
          trust: 'MAJORITY',
          racers: 3,
        });
        if (pinned.kind === 'refused') throw pinned.error;
        return { pinned, recent: [pinned.pin] };
      },
      onChange: () => () => {},
    },
    racing: {
      async race(request): Promise<DecidedRace> {
        raced.push(request);
        if (network.gate !== null) await network.gate;
        const record = recordOf(request, nodeKeys, network.failure);
        races.set(record.id, record);
        const { operation, items } = request.batch;
        return {
          outcome:
            network.failure === null
              ? { kind: 'served', items: items.map((item) => answer(operation, item)) }
              : { kind: 'failed', error: network.failure },
          record: () => record,
        };
      },
    },
    receipts: {
      issue(receipt, decided) {
        const records = decided.map((race) => race.record());
        receipts.set(receipt.queryId, { ...receipt, races: records });
      },
      query: (queryId) => receipts.get(queryId) ?? null,
      race: (id) => races.get(id) ?? null,
    },
    network: {
      genesisHash: addressFromBytes(new Uint8Array(32).fill(7)),
      gatewayKey: nodeKeyOf(255),
      nodes: () => nodeKeys.map(nodeView),
      tip: () => network.tip,
      readyPools: () => network.readyPools,
    },
  };
  return network;
}

function nodeView(nodeKey: NodeKey, index: number): NodeView {
  return {
    nodeKey,
    operator: `operator-${(index % 5) + 1}` as OperatorId,
    specialisation: SPECIALISATIONS[Math.floor(index / 5)] ?? 'speed',
    address: `tcp://127.0.0.1:${7_700 + index}`,
    state: 'READY',
    appliedSlot: parseSlot(1_000),
    historySlotFirst: parseSlot(100),
    historyRanges: [{ slotFirst: parseSlot(100), slotLast: parseSlot(1_000) }],
    provenance: 'STREAMED',
    bidNanoUsd: 1_000n,
    loadPermille: 10,
    latencyP50Ms: 0.4,
    racesWon: 0,
    answersTotal: 0,
    failuresTotal: 0,
  };
}

function recordOf(
  request: RaceRequest,
  nodeKeys: readonly NodeKey[],
  failure: StreamSyncError | null,
): RaceRecord {
  const keys = nodeKeys.slice(0, request.racers);
  const { operation, items } = request.batch;
  const hash = failure === null ? 'ab'.repeat(32) : null;
  return {
    id: `${Buffer.from(request.queryId).toString('hex')}-${request.raceIndex}`,
    operation,
    operationClass: OPERATIONS[operation].class.name,
    items: items.length,
    slot: request.pin.slot,
    trust: request.trust,
    racers: keys.map((nodeKey, index) => ({
      nodeKey,
      operator: `operator-${index + 1}` as OperatorId,
      outcome: failure !== null ? 'failed' : index === 0 ? 'winner' : 'verifier',
      error: failure?.code ?? null,
      latencyMs: 0.4 + index / 10,
      resultHash: hash,
      attested: null,
    })),
    winner: failure === null ? (keys[0] ?? null) : null,
    verifiers: failure === null ? keys.slice(1, 3) : [],
    resultHash: hash,
    error: failure?.code ?? null,
    steps: { selectedMs: 0, sentMs: 0.1, firstAnswerMs: 0.4, servedMs: 0.5, collectedMs: 0.6 },
  };
}

/** A token account of SPL Token, 165 bytes. */
export function tokenAccountState(mint: Address, holder: Address, amount: bigint): AccountState {
  const data = new Uint8Array(165);
  data.set(addressBytes(mint), 0);
  data.set(addressBytes(holder), 32);
  new DataView(data.buffer).setBigUint64(64, amount, true);
  data[108] = 1;
  return { lamports: 2_039_280n, owner: SPL_TOKEN_PROGRAM, executable: false, data };
}

/** A mint of SPL Token, 82 bytes, without authorities. */
export function mintState(supply: bigint, decimals: number): AccountState {
  const data = new Uint8Array(82);
  new DataView(data.buffer).setBigUint64(36, supply, true);
  data[44] = decimals;
  data[45] = 1;
  return { lamports: 1_461_600n, owner: SPL_TOKEN_PROGRAM, executable: false, data };
}

/** A Metadata account of Metaplex Token Metadata, without its later fields. */
export function metadataState(mint: Address, name: string, symbol: string): AccountState {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    return Buffer.concat([size, bytes]);
  };
  const data = Buffer.concat([
    Buffer.of(4),
    addressBytes(mint),
    addressBytes(mint),
    text(name),
    text(symbol),
    text('https://example.org/token.json'),
    // Fee, no creators, not sold, mutable, no edition nonce.
    Buffer.of(0, 0, 0, 0, 1, 0),
  ]);
  return {
    lamports: 5_616_720n,
    owner: TOKEN_METADATA_PROGRAM,
    executable: false,
    data: new Uint8Array(data),
  };
}
