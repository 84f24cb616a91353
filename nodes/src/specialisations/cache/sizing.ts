// What a cache node keeps, and how its scans share the event loop.

/** As a speed node's: a query's stages are answered at one pin by both. */
export const WINDOW_SLOTS = 320;

/** A slice of a scan takes this long: a tenth of the guarantee of the point reads that wait for it. */
export const SLICE_MS = 1;
/** Rows between two looks at the clock, each of which costs about as much as a row. */
export const SLICE_CHECK_ROWS = 64;

/**
 * Versions that one answer about changes looks at, at most, of slots beyond its first: about 5 ms. It is
 * part of the protocol, as CHANGES_MAX is: all nodes must end at the same slot.
 */
export const CHANGES_LOOKED_AT_MAX = 20_000;
