// Work that is asked for more often than it can be done: once at a time, and once more if it was asked for meanwhile.

import { trying } from "/page/problem.js";

/**
 * @template T
 * @param {(wanted: T) => Promise<void>} work gets what was wanted last; what was wanted before and not begun is dropped
 * @returns {(wanted?: T) => Promise<void>} ask for it
 */
export function lately(work) {
  let next = null;
  let busy = false;
  return async (wanted) => {
    next = { wanted };
    if (busy) return;
    busy = true;
    try {
      while (next) {
        const { wanted: now } = next;
        next = null;
        await trying(() => work(now), work);
      }
    } finally {
      busy = false;
    }
  };
}
