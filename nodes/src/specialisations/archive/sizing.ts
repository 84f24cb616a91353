// What an archive node keeps.

/**
 * Slots that can be pinned, as for the other specialisations. History is kept without a bound of its
 * own: it lies on disk, and 10 million transactions take about 10 GB by signature and 1 GB of segments.
 */
export const WINDOW_SLOTS = 320;
