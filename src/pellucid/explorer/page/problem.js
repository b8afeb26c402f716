// What went wrong, in one line at the top of the page, until the same thing goes right, or a person does something else
// and that goes right: what runs by itself beside it takes no sentence away before it is read.

import { Refused, Unreachable } from "/page/api.js";

/** Whose trouble it is where the server is gone. */
export const SERVER = {};

const line = /** @type {HTMLElement} */ (document.getElementById("problem"));
let cause = /** @type {unknown} */ (null);
let hasActed = false; // since it was told

/** @param {string} sentence @param {unknown} [by] what went wrong; that which goes right later takes the sentence away */
export function tellProblem(sentence, by = null) {
  line.textContent = sentence;
  line.hidden = sentence === "";
  cause = by;
  hasActed = false;
}

/** Something has gone right. @param {unknown} by */
export function wentRight(by) {
  if (by === cause || (hasActed && cause !== SERVER)) tellProblem("");
}

/**
 * Do something that asks the server; what it refuses is told.
 * @param {() => Promise<void>} work
 * @param {unknown} [by] what is the same for all attempts at the same thing
 */
export async function trying(work, by = work) {
  try {
    await work();
    wentRight(by);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tellProblem(error.message, error instanceof Unreachable ? SERVER : by);
  }
}

/** What no script of the page has expected is a mistake of the page: whoever uses it is not left before a still picture. */
function tellMistake(error) {
  if (!error || error.name === "AbortError" || error instanceof Refused) return; // what was called off, or told elsewhere
  const what = error.message ? `${error.name}: ${error.message}` : String(error);
  tellProblem(`The page has made a mistake of its own (${what}). Load it again; if that does not help, please report it.`);
}
addEventListener("error", (event) => tellMistake(event.error));
addEventListener("unhandledrejection", (event) => tellMistake(event.reason));

for (const kind of ["pointerdown", "keydown", "hashchange", "drop"]) addEventListener(kind, () => void (hasActed = true), true);
