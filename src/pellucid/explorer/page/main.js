// Where the page begins: the network above, a panel below; what is chosen stands behind # in the address.

import { frame } from "/page/api.js";
import { showAnswer } from "/page/answer.js";
import { takeDrops } from "/page/dropping.js";
import { showLesson } from "/page/lesson_bar.js";
import { hearAll } from "/page/listening.js";
import { sceneOf, showNetwork } from "/page/network.js";
import { loadPanel, loadPanels, showPanels } from "/page/panels.js";
import { followSample, noteSample } from "/page/place.js";
import { SERVER, tellProblem, trying, wentRight } from "/page/problem.js";
import { tell } from "/page/store.js";

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

const OTHERS_MS = 300; // from the first picture to loading what it does without

/** @type {[string, any][]|null} */
let early = []; // what was heard before the page was there
let drawn = NaN; // the version of the study that the first picture is of, at least
hearAll((kind, data) => (early ? early.push([kind, data]) : hear(kind, data)));
await trying(async () => {
  const panel = loadPanel().catch(() => {}); // told by who shows it
  const told = await sceneOf();
  drawn = told.version;
  document.title = `${told.scene.name}: Pellucid`;
  find("title").textContent = told.scene.name;
  await followSample(told.samples.chosen);
  showPanels(told);
  takeDrops(told);
  await Promise.all([showNetwork(find("network"), told), showAnswer(find("answer")), panel]);
  await showLesson(find("lesson"));
  document.documentElement.dataset.ready = "true";
  if (frame) parent.postMessage("pellucid ready", frame);
});
let stopped = ""; // what the server said last, before it ended
let isStale = false; // since nobody sees the page
const heard = early;
early = null;
for (const [kind, data] of heard) hear(kind, data);
setTimeout(loadPanels, OTHERS_MS);

function hear(kind, data) {
  if (kind === "changed" && data.what === "input" || kind === "hello") noteSample(data.sample);
  if (kind === "changed") news(data.what);
  if (kind === "training") news("training");
  if (kind === "hello" && data.version === drawn) news("training"); // all else is as it was asked for
  else if (kind === "missed" || kind === "hello") news("input", "weights", "training");
  if (kind === "stopped") stopped = data.sentence;
  if (kind === "gone" || kind === "stopped") {
    tellProblem(data.sentence || stopped || "The server does not answer; the page waits for it.", SERVER);
  }
  if (kind === "hello") {
    stopped = "";
    drawn = NaN; // whoever says so again may be another server
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
