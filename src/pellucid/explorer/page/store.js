// What is looked at, which is also what stands behind # in the address: layer, value, filter, panel. Everybody reads it
// here, changes it here, and hears of changes.

/** @type {Set<(changed: Set<string>) => void>} */
const listeners = new Set();

/** @type {Record<string, string>} */
let chosen = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

/** What is chosen under a name; "" for nothing. @param {string} name */
export const choice = (name) => chosen[name] ?? "";

/** All that is chosen. */
export const choices = () => ({ ...chosen });

/** Where one goes to: the browser's own "back" leads there again. What is chosen within such a place is no step of its own. */
const PLACES = ["panel", "layer", "lesson", "step"];
const isFramed = parent !== window; // in a notebook's cell: "back" is the notebook's

/**
 * Choose; "" takes a choice away.
 * @param {Record<string, string|number>} changes
 */
export function choose(changes) {
  const changed = new Set(Object.keys(changes).filter((name) => choice(name) !== String(changes[name])));
  if (!changed.size) return;
  for (const name of changed) {
    if (changes[name] === "") delete chosen[name];
    else chosen[name] = String(changes[name]);
  }
  const goesOn = !isFramed && PLACES.some((name) => changed.has(name));
  history[goesOn ? "pushState" : "replaceState"](null, "", `${location.pathname}#${new URLSearchParams(chosen)}`);
  tell(changed);
}

/** Hear of choices, and of "input" and "weights" when the study has changed. @param {(changed: Set<string>) => void} hear */
export const onChange = (hear) => {
  listeners.add(hear);
  return () => listeners.delete(hear);
};

/** @param {Set<string>} changed */
export const tell = (changed) => listeners.forEach((hear) => hear(changed));

addEventListener("hashchange", () => {
  const before = chosen;
  chosen = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  tell(new Set([...Object.keys(before), ...Object.keys(chosen)].filter((name) => before[name] !== chosen[name])));
});
