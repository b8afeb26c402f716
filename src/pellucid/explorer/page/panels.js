// The panels below the network, one at a time, each under its tab. What is shown first is loaded first; the others are
// loaded when the page is there, or when somebody goes to one before.

import { Refused } from "/page/api.js";
import { make } from "/page/dom.js";
import { trying, wentRight } from "/page/problem.js";
import { choice, choose, onChange } from "/page/store.js";

/**
 * By the word that stands behind # in the address: what stands on the tab, and what shows the panel.
 * @type {Record<string, {title: string, load: () => Promise<{show: (root: HTMLElement, told: any) => () => void}>}>}
 */
const PANELS = {
  input: { title: "Input", load: () => import("/page/input_panel.js") },
  layer: { title: "Layer", load: () => import("/page/layer_panel.js") },
  value: { title: "Value", load: () => import("/page/value_panel.js") },
  filter: { title: "Filter", load: () => import("/page/filter_panel.js") },
  train: { title: "Train", load: () => import("/page/training_panel.js") },
  compare: { title: "Compare", load: () => import("/page/compare_panel.js") },
  keep: { title: "Keep", load: () => import("/page/keep_panel.js") },
  lessons: { title: "Lessons", load: () => import("/page/lessons_panel.js") },
};
/** @type {Record<string, {show: (root: HTMLElement, told: any) => () => void}>} */
const loaded = {};

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const wanted = () => (Object.hasOwn(PANELS, choice("panel")) ? choice("panel") : "input");

/** Load a panel, the one that is wanted by default. @param {string} word */
export async function loadPanel(word = wanted()) {
  loaded[word] ??= await PANELS[word].load().catch((error) => {
    if (!/module/i.test(error.message)) throw error; // it came, and does not run
    throw new Refused("The server does not answer, so this panel cannot be shown; it may have been stopped.");
  });
}

/** Load all ahead; what does not come is asked for again, and told of, where somebody goes there. */
export const loadPanels = () => void Object.keys(PANELS).forEach((word) => loadPanel(word).catch(() => {}));

/** Show the panel that is wanted, now and whenever another one is. @param {any} told */
export function showPanels(told) {
  const tabs = Object.entries(PANELS).map(([word, { title }]) =>
    make("button", { role: "tab", id: `tab-${word}`, "aria-controls": "panel", onclick: () => go(word) }, title));
  find("tabs").replaceChildren(...tabs);
  find("tabs").addEventListener("keydown", (event) => walkTabs(event, tabs));
  let leave = () => {};
  let shown = "";
  const show = () => {
    const word = wanted();
    if (word === shown) return;
    leave();
    leave = () => {};
    if (shown) wentRight(shown); // what another panel was refused is not this one's trouble
    shown = word;
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab.id === `tab-${word}`));
      tab.tabIndex = tab.id === `tab-${word}` ? 0 : -1;
    }
    find("panel").setAttribute("aria-labelledby", `tab-${word}`);
    const place = /** @type {HTMLElement} */ (find("panel").cloneNode(false)); // what comes late of the one before is not seen
    const had = find("panel").contains(document.activeElement);
    find("panel").replaceWith(place);
    if (had) place.focus({ preventScroll: true }); // whoever came here by a key of the panel before goes on in this one
    const again = (error) => { // the next time that something is chosen
      if (shown === word) shown = "";
      throw error;
    };
    const fill = () => void (leave = loaded[word].show(place, told));
    if (loaded[word]) fill();
    else trying(() => loadPanel(word).then(() => place.isConnected && fill(), again), word);
  };
  const go = (word) => {
    choose({ panel: word });
    show(); // a panel that could not be loaded is chosen already
  };
  onChange(show);
  show();
}

/** Arrow keys go from tab to tab, around the ends; Home and End to the first and the last. What is reached is shown. */
function walkTabs(event, tabs) {
  const at = tabs.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = tabs[to % tabs.length];
  tab.focus();
  tab.click();
}
