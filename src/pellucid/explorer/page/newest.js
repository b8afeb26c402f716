// What is asked for more often than it can be done: once at a time, and what is asked for meanwhile once more, as things
// stand then.

import { trying } from "/page/problem.js";

/**
 * @template T
 * @param {(wanted: T, isNewest: () => boolean) => Promise<void>} work gets what was wanted last; what was wanted before,
 *   and not begun, is dropped
 * @returns {(wanted?: T) => Promise<void>} ask for it
 */
export function oneAtATime(work) {
  let next = null;
  let isRunning = false;
  return async (wanted) => {
    next = { wanted };
    if (isRunning) return;
    isRunning = true;
    try {
      while (next) {
        const { wanted: now } = next;
        next = null;
        await work(now, () => next === null);
      }
    } finally {
      isRunning = false;
    }
  };
}

/**
 * The same, where what goes wrong is told.
 * @template T
 * @param {(isNewest: () => boolean, wanted: T) => Promise<void>} work asks and draws; it draws only if nothing newer waits
 * @returns {(wanted?: T) => Promise<void>}
 */
export const newest = (work) => oneAtATime((wanted, isNewest) => trying(() => work(isNewest, wanted), work));

/**
 * The same, where an answer is drawn only if what is asked for has not changed meanwhile.
 * @template A
 * @param {() => string|null} key what is asked for; null for nothing any more
 * @param {() => Promise<A>} ask
 * @param {(answer: A) => void} draw
 * @returns {() => Promise<void>} to be called whenever something has changed; what goes wrong is the caller's to tell
 */
export const latest = (key, ask, draw) => oneAtATime(async () => {
  for (let wanted = key(); wanted !== null;) {
    const answer = await ask();
    const now = key();
    if (now === wanted) return draw(answer);
    wanted = now;
  }
});
