// A field for the number of something, such as a sample or a map: what is refused does not stay in it, and news do not
// replace what is being typed.

import { typed, wholeField } from "/page/dom.js";
import { trying } from "/page/problem.js";

/**
 * @param {number} count of what there is, from 0 on
 * @param {string} label
 * @param {(number: number|string) => any} take is given what was typed; a promise says whether it was taken, and what was
 *   refused does not stay. What is taken at once, and drawn when an answer comes, stays
 */
export function numberField(count, label, take) {
  const field = wholeField({ most: count - 1, "aria-label": label });
  let shown = "";
  const mark = (/** @type {number|null|undefined} */ number) => {
    const isTyping = document.activeElement === field && field.value !== shown;
    shown = String(number ?? "");
    if (!isTyping) field.value = shown;
  };
  field.addEventListener("change", async () => {
    const sent = field.value;
    const taking = take(typed(field));
    if (!(taking instanceof Promise)) return;
    await trying(async () => void (await taking));
    if (field.value === sent) field.value = shown; // else something else has been typed meanwhile
  });
  return { field, mark, after: () => (shown === "" ? -1 : Number(shown)) };
}
