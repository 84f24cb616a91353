// Where bytes come from. On Node, pooled and unzeroed memory: a zeroed allocation of each frame
// costs more than writing it. Every byte handed out is overwritten before it is read.

const nodeBuffer = (globalThis as { Buffer?: { allocUnsafe(size: number): Uint8Array } }).Buffer;

/** `sizeBytes` bytes of arbitrary content. */
export const allocateBytes: (sizeBytes: number) => Uint8Array =
  nodeBuffer === undefined
    ? (sizeBytes) => new Uint8Array(sizeBytes)
    : (sizeBytes) => nodeBuffer.allocUnsafe(sizeBytes);
