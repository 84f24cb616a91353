// Where bytes come from: small pieces of a shared slab, because allocating and zeroing each frame
// alone costs more than writing it. A slab lives as long as any of its pieces, so what is kept for
// long is copied first. Every byte handed out is overwritten before it is read.

const SLAB_BYTES = 16 * 1024;
/** Larger pieces would waste the rest of a slab, and get memory of their own. */
const PIECE_BYTES_MAX = 4 * 1024;
/** Views begin at multiples of this, for aligned copies. */
const ALIGNMENT_BYTES = 8;

let slab = new ArrayBuffer(SLAB_BYTES);
let used = 0;

/** `sizeBytes` bytes of arbitrary content. */
export function allocateBytes(sizeBytes: number): Uint8Array {
  if (sizeBytes > PIECE_BYTES_MAX) return new Uint8Array(sizeBytes);
  if (used + sizeBytes > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    used = 0;
  }
  const piece = new Uint8Array(slab, used, sizeBytes);
  used = (used + sizeBytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
  return piece;
}
