// What went wrong, in one line at the top of the page, until something goes right.

import { Refused } from "/page/api.js";

const line = /** @type {HTMLElement} */ (document.getElementById("problem"));

/** @param {string} sentence "" takes it away */
export function tellProblem(sentence) {
  line.textContent = sentence;
  line.hidden = sentence === "";
}

/**
 * Do something that asks the server; what it refuses is told.
 * @param {() => Promise<void>} work
 */
export async function trying(work) {
  try {
    await work();
    tellProblem("");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tellProblem(error.message);
  }
}
