// The number of the sample that is the input stands behind # with all else that is chosen: after a restart the same
// numbers are seen, and whoever is sent an address sees what was meant.

import { post } from "/page/api.js";
import { newest } from "/page/newest.js";
import { choice, choose, onChange } from "/page/store.js";

let told = ""; // by the server, last: what it knows already is not sent to it again

const word = (/** @type {number|null|undefined} */ number) => (number === null || number === undefined ? "" : String(number));

/** Write down which sample is the input; none is written before somebody has chosen. @param {number|null} number */
export function noteSample(number) {
  if (word(number) === told && choice("sample") === "") return;
  told = word(number);
  choose({ sample: told });
}

const isNews = () => choice("sample") !== "" && choice("sample") !== told;

/** Take the sample of the address as input, now and whenever the address changes. @param {number|null} number that it is */
export function followSample(number) {
  told = word(number);
  const follow = newest(async () => { // one after the other, so that the last is the one that counts
    if (!isNews()) return;
    const wanted = choice("sample");
    await post("input", { sample: Number.isFinite(Number(wanted)) ? Number(wanted) : wanted });
  });
  onChange((changed) => {
    if (changed.has("sample") && isNews()) follow(); // nothing to ask for is nothing that goes right: what was refused stays said
  });
  return follow();
}
