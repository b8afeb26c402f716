// A field for the number of something, such as a sample or a map: what is refused does not stay in it, and news do not
// replace what is being typed.

import { typed, wholeField } from "/page/dom.js";
import { trying } from "/page/problem.js";

/**
 * @param {number} count of what there is, from 0 on
 * @param {string} label
 * @param {(number: number|string) => any} take is given what was typed
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
    await trying(async () => void (await take(typed(field))));
    if (field.value === sent) field.value = shown; // else something else has been typed meanwhile
  });
  return { field, mark, after: () => (shown === "" ? -1 : Number(shown)) };
}
