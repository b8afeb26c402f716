// What is looked at, which is also what stands behind # in the address: layer, value, filter, panel. Everybody reads it
// here, changes it here, and hears of changes.

/** @type {Set<(changed: Set<string>) => void>} */
const listeners = new Set();

let address = location.hash; // that `chosen` is of; another one stands there for a moment before "hashchange" says so
/** @type {Record<string, string>} */
let chosen = Object.fromEntries(new URLSearchParams(address.slice(1)));

/** What is chosen under a name; "" for nothing. @param {string} name */
export const choice = (name) => chosen[name] ?? "";

/** All that is chosen. */
export const choices = () => ({ ...chosen });

/** Where one goes to: the browser's own "back" leads there again. What is chosen within such a place is no step of its own. */
const PLACES = ["panel", "layer", "lesson", "step"];
const isFramed = parent !== window; // in a notebook's cell: "back" is the notebook's

/** Take over what stands behind #; whether it was another place. */
function moved() {
  if (location.hash === address) return false;
  const before = chosen;
  address = location.hash;
  chosen = Object.fromEntries(new URLSearchParams(address.slice(1)));
  tell(new Set([...Object.keys(before), ...Object.keys(chosen)].filter((name) => before[name] !== chosen[name])));
  return true;
}

/**
 * Choose; "" takes a choice away. What an answer that came late chooses for a place that was left is not written over the
 * place that was gone to.
 * @param {Record<string, string|number>} changes
 */
export function choose(changes) {
  if (moved()) return;
  const changed = new Set(Object.keys(changes).filter((name) => choice(name) !== String(changes[name])));
  if (!changed.size) return;
  for (const name of changed) {
    if (changes[name] === "") delete chosen[name];
    else chosen[name] = String(changes[name]);
  }
  const goesOn = !isFramed && PLACES.some((name) => changed.has(name));
  history[goesOn ? "pushState" : "replaceState"](null, "", `${location.pathname}#${new URLSearchParams(chosen)}`);
  address = location.hash;
  tell(changed);
}

/** Whether one is still at the place of this moment: what comes late leads nobody away from where he has gone since. */
export function staying() {
  const word = () => JSON.stringify(["panel", "layer", "value", "filter", "lesson", "step"].map(choice));
  const before = word();
  return () => word() === before;
}

/** Hear of choices, and of "input" and "weights" when the study has changed. @param {(changed: Set<string>) => void} hear */
export const onChange = (hear) => {
  listeners.add(hear);
  return () => listeners.delete(hear);
};

/** @param {Set<string>} changed */
export const tell = (changed) => listeners.forEach((hear) => hear(changed));

addEventListener("hashchange", moved);
