// Edits: what is sent to the server, undone and done again, and the list of them. Ctrl-Z and Ctrl-Shift-Z work on the
// whole page, unless a field has the focus.

import { get, post } from "/page/api.js";
import { keepingFocus, make, takesText } from "/page/dom.js";
import { latest } from "/page/newest.js";
import { trying } from "/page/problem.js";
import { onChange, tell } from "/page/store.js";

/** @type {Promise<number|undefined>} */
let sending = Promise.resolve(undefined);
/** @type {any} */
let waiting = null;
let gestures = 0;

/** Send; what was drawn ahead of the server is drawn as it is where the server refuses. @returns {Promise<number|undefined>} */
async function sendNow(path, sent) {
  let version;
  await trying(async () => {
    try {
      ({ version } = await post(path, sent));
    } catch (error) {
      tell(new Set(["weights"]));
      throw error;
    }
  }, sendNow);
  return version;
}

/** A word for one movement of the hand: its edits are one. */
export const newGesture = () => `g${Date.now()}-${++gestures}`;

/**
 * Send an edit; of edits of one gesture that wait for the server the last counts.
 * @param {any} sent
 * @returns {Promise<number|undefined>} the version of the network that has it; undefined where it was refused
 */
export function edit(sent) {
  if (waiting && sent.gesture && waiting.gesture === sent.gesture && waiting.at === sent.at) {
    Object.assign(waiting, sent);
    return sending;
  }
  const mine = { ...sent };
  waiting = mine;
  sending = sending.then(() => {
    if (waiting === mine) waiting = null;
    return sendNow("edits", mine);
  });
  return sending;
}

/** @param {"undo"|"redo"|"reset"} what @param {object} [sent] */
export const turn = (what, sent = {}) => {
  waiting = null; // what is edited from now on comes after this
  sending = sending.then(() => sendNow(`edits/${what}`, sent));
  return sending;
};

addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (takesText(event.target) || event.altKey || !(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
  event.preventDefault();
  turn(event.shiftKey || key === "y" ? "redo" : "undo");
});

/** The list of edits with the buttons beside it. @param {HTMLElement} root @returns {() => void} */
export function showEdits(root) {
  const undo = make("button", { onclick: () => turn("undo"), title: "Ctrl-Z" }, "Undo");
  const redo = make("button", { onclick: () => turn("redo"), title: "Ctrl-Shift-Z or Ctrl-Y" }, "Redo");
  const reset = make("button", { onclick: () => turn("reset"), title: "All weights as at the beginning" }, "Reset all");
  const toFile = make("button", { onclick: () => turn("reset", { to: "file" }), hidden: true, title: "All weights as in the file" }, "As in the file");
  const list = make("ol.edits", { "aria-label": "Edits, the latest first" });
  root.replaceChildren(make("div.choices", {}, undo, redo, reset, toFile), list);
  const draw = latest(() => "", () => get("edits"), ({ done, undone, count, can_reset: canReset, has_file: hasFile }) => {
    keepingFocus(root, () => {
      toFile.hidden = !hasFile;
      undo.disabled = !done.length;
      redo.disabled = !undone.length;
      reset.disabled = !canReset;
      list.replaceChildren(
        ...undone.map((words, index) => make("li.undone", {}, back("redo", undone.length - index, `Do again: ${words}`, words))),
        ...done.map((words, index) => make("li", {}, back("undo", index, `Back to: ${words}`, `${count - index}. ${words}`))),
      );
      if (!done.length && !undone.length) list.append(make("li.undone", {}, "nothing yet"));
    }, /** @type {HTMLElement} */ (root.closest("#panel")));
  });
  trying(draw);
  return onChange((changed) => {
    if (changed.has("weights")) trying(draw);
  });
}

const back = (what, count, says, words) =>
  make("button.plain", { onclick: () => count && turn(what, { count }), "aria-label": says }, words);
