// Where a chain left the one that a store has applied: after a restart a source asks for the newest
// applied slot that its chain still has. Standing is monotone, so few questions suffice.
import type { Blockhash, Pin } from '@streamsync/domain';

/**
 * The newest of the pins (newest first) that is on the chain, 'none' where no pin is, and 'empty'
 * where there are no pins. `blockhashAt` is the chain's hash at a slot, null where it has no block.
 */
export async function newestStanding(
  pins: readonly Pin[],
  blockhashAt: (slot: Pin['slot']) => Promise<Blockhash | null> | Blockhash | null,
): Promise<Pin | 'none' | 'empty'> {
  const stands = async (index: number): Promise<boolean> => {
    const pin = pins[index];
    return pin !== undefined && (await blockhashAt(pin.slot)) === pin.blockhash;
  };
  if (pins.length === 0) return 'empty';
  if (await stands(0)) return pins[0] ?? 'empty';
  // Doubling steps first: most forks are a few slots deep. Then halving between the last two.
  let fallen = 0;
  let step = 1;
  while (fallen + step < pins.length && !(await stands(fallen + step))) {
    fallen += step;
    step *= 2;
  }
  let standing = Math.min(fallen + step, pins.length);
  while (standing - fallen > 1) {
    const middle = Math.floor((standing + fallen) / 2);
    if (await stands(middle)) standing = middle;
    else fallen = middle;
  }
  return pins[standing] ?? 'none';
}
