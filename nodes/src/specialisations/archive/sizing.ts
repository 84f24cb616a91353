// What an archive node keeps.

/**
 * Slots that can be pinned, as for the other specialisations. Transactions are kept without a bound
 * of their own: they lie on disk, and 10 million of them take about 20 GB.
 */
export const WINDOW_SLOTS = 320;
