// What a cache node keeps, and how large a page of a list is.

/** As a speed node's: a query's stages are answered at one pin by both. */
export const WINDOW_SLOTS = 320;

/**
 * A page ends before the entry that would pass this, and says that there is more: ten pages of one
 * call then fit an answer's frame. It is part of the protocol: all nodes must cut at the same entry.
 */
export const PAGE_BYTES_MAX = 1024 * 1024;
