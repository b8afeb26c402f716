// What takes long is said: whoever edits a weight or asks for a number while a step of the training is under way waits for
// the end of that step, and is told so.

const AFTER_MS = 600; // shorter waits nobody wonders about
const SHORT_S = 0.3; // of a step that is none to speak of

const line = /** @type {HTMLElement} */ (document.getElementById("waiting"));
let count = 0; // of those who have waited for long

/**
 * Wait for something; say so if that takes long.
 * @template T
 * @param {Promise<T>} work
 * @param {() => Promise<any>} training asks how the training stands, which is answered at once
 * @returns {Promise<T>}
 */
export async function patiently(work, training) {
  let isLong = false;
  const timer = setTimeout(async () => {
    isLong = true;
    count += 1;
    say(null); // until it is known what for
    const told = await training().catch(() => null);
    if (count) say(told);
  }, AFTER_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (isLong) count -= 1;
    if (!count) line.hidden = true;
  }
}

function say(told) {
  const isStep = told?.running && told.step_s > SHORT_S;
  const seconds = told?.step_s >= 10 ? Math.round(told.step_s) : told?.step_s?.toFixed(1);
  line.textContent = isStep
    ? `A step of the training is under way, which takes ${seconds} s or more: what was asked for or edited comes right after it.`
    : "Working on what was asked for …";
  line.hidden = false;
}
