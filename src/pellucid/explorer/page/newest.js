// One request at a time for each thing that is shown: what is asked for meanwhile is asked for once, as things stand
// then.

import { trying } from "/page/problem.js";

/**
 * @param {(isNewest: () => boolean) => Promise<void>} work asks and draws; it draws only if nothing newer waits
 * @returns {() => Promise<void>}
 */
export function newest(work) {
  let isRunning = false;
  let isWanted = false;
  return async () => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isWanted) {
        isWanted = false;
        await trying(() => work(() => !isWanted), work);
      }
    } finally {
      isRunning = false;
    }
  };
}
