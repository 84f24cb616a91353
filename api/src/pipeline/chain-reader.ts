// The chain as of one slot, as resolvers read it. At a pin's own slot accounts and lists are what the
// pin has; at a slot that has left the window everything is history, asked at a recent pin, and what
// is no history is refused with the reason why that slot has no pin of its own.
import { type HistoryRange, type Slot, StreamSyncError } from '@streamsync/domain';
import type { AccountFloor } from './account-floor.ts';
import type { Pinned } from './choose-pins.ts';
import type { LoadItem } from './load-items.ts';
import type { OperationCodec } from './operations/codec.ts';
import {
  type ArgumentsOf,
  CODECS,
  type ReadableOperation,
  type ValueOf,
} from './operations/index.ts';
import type { AskedRange, ChainReader, HistoryPort, HistoryRequest } from './ports.ts';

export interface ReaderSettings {
  readonly load: LoadItem;
  readonly history: HistoryPort;
  readonly accountFloor: AccountFloor;
  readonly request: HistoryRequest;
  readonly pinned: Pinned;
  /** Where the reader is of an earlier slot than its pin; null: of the pin itself. */
  readonly past: { readonly slot: Slot; readonly refusal: StreamSyncError } | null;
}

export function createChainReader(settings: ReaderSettings): ChainReader {
  const { load, history, request, pinned, past } = settings;
  const slot = past?.slot ?? pinned.pin.slot;

  /** What is known of a range before anybody is asked. */
  function requireHistory(stretch: HistoryRange): void {
    if (stretch.slotLast > slot) {
      throw new StreamSyncError('FUTURE_SLOT', { slot: stretch.slotLast, newest: slot });
    }
    if (!history.holds(request, [stretch])) throw history.notCovered(request, stretch);
  }

  async function read<Name extends ReadableOperation>(
    operation: Name,
    args: ArgumentsOf<Name>,
  ): Promise<ValueOf<Name>> {
    const { slots } = CODECS[operation] as OperationCodec<unknown, unknown>;
    if (slots !== undefined) requireHistory(slots(args));
    else if (past !== null) throw past.refusal;
    return load(operation, args);
  }

  return {
    slot,
    read,
    account: (address) =>
      past === null ? load('account.get', { address }) : read('account.at', { address, slot }),
    async transaction(signature) {
      const record = await load('transaction.get', { signature });
      // At a slot before it was executed it does not exist.
      return record === null || record.slot > slot ? null : record;
    },
    historyRange: (asked) => rangeOf(settings, slot, asked),
    sinceWritesAreKnown: (range, reading) => settings.accountFloor.find(range, reading),
    asOf(earlier) {
      if (earlier === slot) return createChainReader(settings);
      const refusal = new StreamSyncError('SLOT_NOT_AVAILABLE', { slot: earlier });
      return createChainReader({ ...settings, past: { slot: earlier, refusal } });
    },
  };
}

function rangeOf(
  { history, request }: ReaderSettings,
  slot: Slot,
  asked: AskedRange,
): HistoryRange {
  const slotLast = asked.slotLast ?? slot;
  if (slotLast > slot) throw new StreamSyncError('FUTURE_SLOT', { slot: slotLast, newest: slot });
  const slotFirst = asked.slotFirst ?? history.slotFirst(request, slotLast);
  if (slotFirst === null) {
    throw history.notCovered(request, { slotFirst: slotLast, slotLast });
  }
  if (slotFirst > slotLast) {
    throw new StreamSyncError(
      'INVALID_ARGUMENT',
      { slotFirst, slotLast },
      { message: '"slotFirst" lies after "slotLast", or after the slot of the query.' },
    );
  }
  return { slotFirst, slotLast };
}
