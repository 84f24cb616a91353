// What a speed node keeps.

/**
 * Slots that stay readable: the 300 that the protocol asks for (two minutes), and some, so that a
 * pin chosen at the oldest of them is still answered when the race arrives.
 */
export const WINDOW_SLOTS = 320;
