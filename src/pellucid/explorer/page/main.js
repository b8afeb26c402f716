// Where the page begins: the network above, a panel below; what is chosen stands behind # in the address.

import { frame } from "/page/api.js";
import { showAnswer } from "/page/answer.js";
import { make } from "/page/dom.js";
import * as comparePanel from "/page/compare_panel.js";
import { takeDrops } from "/page/dropping.js";
import * as filterPanel from "/page/filter_panel.js";
import * as inputPanel from "/page/input_panel.js";
import * as layerPanel from "/page/layer_panel.js";
import * as keepPanel from "/page/keep_panel.js";
import { showLesson } from "/page/lesson_bar.js";
import * as lessonsPanel from "/page/lessons_panel.js";
import { hearAll } from "/page/listening.js";
import { showFilters } from "/page/live_filters.js";
import { sceneOf, showNetwork } from "/page/network.js";
import { followSample, noteSample } from "/page/place.js";
import { SERVER, tellProblem, trying, wentRight } from "/page/problem.js";
import { choice, choose, onChange, tell } from "/page/store.js";
import * as trainingPanel from "/page/training_panel.js";
import * as valuePanel from "/page/value_panel.js";

/** By the word that stands behind # in the address. */
const PANELS = {
  input: inputPanel, layer: layerPanel, value: valuePanel, filter: filterPanel, train: trainingPanel, compare: comparePanel,
  keep: keepPanel, lessons: lessonsPanel,
};

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {[string, any][]|null} */
let early = []; // what was heard before the page was there
hearAll((kind, data) => (early ? early.push([kind, data]) : hear(kind, data)));
await trying(async () => {
  const told = await sceneOf();
  document.title = `${told.scene.name}: Pellucid`;
  find("title").textContent = told.scene.name;
  await followSample(told.samples.chosen);
  showPanels(told);
  takeDrops(told);
  await Promise.all([showNetwork(find("network"), told), showAnswer(find("answer"))]);
  await showLesson(find("lesson"));
  document.documentElement.dataset.ready = "true";
  if (frame) parent.postMessage("pellucid ready", frame);
});
let stopped = ""; // what the server said last, before it ended
let isStale = false; // since nobody sees the page
const heard = early;
early = null;
for (const [kind, data] of heard) hear(kind, data);

function hear(kind, data) {
  if (kind === "filters") return showFilters(data);
  if (kind === "making") return keepPanel.showMaking(data);
  if (kind === "changed" && data.what === "input" || kind === "hello") noteSample(data.sample);
  if (kind === "changed") news(data.what);
  if (kind === "training") news("training");
  if (kind === "missed" || kind === "hello") news("input", "weights", "training");
  if (kind === "stopped") stopped = data.sentence;
  if (kind === "gone" || kind === "stopped") {
    tellProblem(data.sentence || stopped || "The server does not answer; the page waits for it.", SERVER);
  }
  if (kind === "hello") {
    stopped = "";
    wentRight(SERVER);
  }
}

/** Tell the page what has changed: at once where somebody sees it, else when somebody does. */
function news(...what) {
  if (document.hidden) isStale = true;
  else tell(new Set(what));
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !isStale) return;
  isStale = false;
  tell(new Set(["input", "weights", "training"]));
});

/** One panel at a time, chosen by its tab, or by what was chosen elsewhere. */
function showPanels(told) {
  const tabs = Object.entries(PANELS).map(([word, panel]) =>
    make("button", { role: "tab", id: `tab-${word}`, "aria-controls": "panel", onclick: () => choose({ panel: word }) }, panel.title));
  find("tabs").replaceChildren(...tabs);
  find("tabs").addEventListener("keydown", (event) => walkTabs(event, tabs));
  let leave = () => {};
  let shown = "";
  const show = () => {
    const wanted = Object.hasOwn(PANELS, choice("panel")) ? choice("panel") : "input";
    if (wanted === shown) return;
    leave();
    if (shown) wentRight(shown); // what another panel was refused is not this one's trouble
    shown = wanted;
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab.id === `tab-${wanted}`));
      tab.tabIndex = tab.id === `tab-${wanted}` ? 0 : -1;
    }
    find("panel").setAttribute("aria-labelledby", `tab-${wanted}`);
    const place = /** @type {HTMLElement} */ (find("panel").cloneNode(false)); // what comes late of the one before is not seen
    const had = find("panel").contains(document.activeElement);
    find("panel").replaceWith(place);
    if (had) place.focus({ preventScroll: true }); // whoever came here by a key of the panel before goes on in this one
    leave = PANELS[wanted].show(place, told);
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
