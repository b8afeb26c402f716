// What is told of a filter: what an edit has changed, what the filter is, how it was drawn, what excites it, where its
// gradient comes from. Each part is asked for when it is open, and again a moment after something has changed.

import { get, getArrays, post, Refused } from "/page/api.js";
import { darkest, make, short } from "/page/dom.js";
import { drawMap, drawPicture } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { choice } from "/page/store.js";

const MOMENT = 250; // ms that are waited after a change, since more may follow

/** @param {any} opened the filter that is shown */
export function toldOf(opened) {
  const changes = changesOf();
  const patches = partOf("What excites it", false, showPatches);
  const parts = [
    partOf("What it is", true, async (body, ask) => {
      const { facts } = await get(ask("filter-words"));
      body.replaceChildren(factsOf(facts));
    }),
    partOf("How it was drawn", false, async (body, ask) => showDraw(body, await getArrays(ask("filter-draw")))),
    patches,
    gradientPart(opened),
    partOf("Its film", false, async (body, ask) => showFilm(body, await getArrays(ask("filter-film")))),
  ];
  let node = null;
  let pending = false;
  let busy = false;
  let ask = (/** @type {string} */ word) => word;
  const refresh = async () => {
    if (busy) return;
    busy = true;
    while (pending) {
      await new Promise((done) => setTimeout(done, MOMENT));
      pending = false;
      await Promise.all([changes.refresh(node), ...parts.map((part) => part.refresh(ask))]);
    }
    busy = false;
  };
  return {
    changes: changes.root,
    root: make("section.told", { "aria-label": "About the filter" }, ...parts.map((part) => part.root)),
    update: (chosen, address) => {
      node = chosen;
      ask = (word) => `${address(word)}&number=${opened.head?.number ?? 0}`;
      pending = true;
      patches.stop(); // it may go on for long
      refresh();
    },
    leave: () => {
      pending = false;
      for (const part of parts) part.stop();
    },
  };
}

/** A part that can be opened; a newer refresh makes the one before stop. */
function partOf(title, open, work) {
  const body = make("div");
  const root = make("details", { open }, make("summary", {}, title), body);
  let turn = 0;
  let ask = null;
  const refresh = async (given) => {
    ask = given;
    const mine = ++turn;
    if (!root.open || !ask) return;
    try {
      await work(body, ask, () => mine === turn && root.isConnected);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (mine === turn) body.replaceChildren(make("p", {}, error.message));
    }
  };
  root.addEventListener("toggle", () => ask && refresh(ask));
  return { root, refresh, stop: () => void turn++ };
}

const factsOf = (facts) => make("dl.facts", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));

function planeOf(values, limit, label, className = "canvas.plane-of") {
  const canvas = make(className, { role: "img", "aria-label": label, title: label });
  const [rows, columns] = values.shape;
  drawMap(canvas, { shape: [rows, columns, 1], data: values.data }, 0, limit);
  return canvas;
}

function showDraw(body, { head, arrays }) {
  const pictures = make("div.mosaic", {},
    make("figure", {}, planeOf(arrays.then, head.limit, "This filter as it was drawn"), make("figcaption", {}, head.is_draw ? "as drawn" : "the draw is not known")),
    make("figure", {}, planeOf(arrays.now, head.limit, "This filter as it is now"), make("figcaption", {}, "now")));
  const chart = make("div.bars", { role: "img", "aria-label": `How the values of the whole weight are spread, from ${short(head.from)} to ${short(head.to)}` });
  arrays.bars.data.forEach((value, index) => {
    const bar = make("span", { title: `about ${short(arrays.middles.data[index])}` });
    bar.style.setProperty("--height", String(value / head.highest));
    if (arrays.law.data.length) bar.style.setProperty("--law", String(arrays.law.data[index] / head.highest));
    bar.classList.toggle("with-law", arrays.law.data.length > 0);
    chart.append(bar);
  });
  body.replaceChildren(pictures, chart,
    make("small", {}, `All values of the weight as drawn, from ${short(head.from)} to ${short(head.to)}; the line is the law that they were drawn by.`),
    factsOf(head.facts));
}

/** The filter at moments of its training. */
function showFilm(body, { head, arrays }) {
  if (!head.steps.length) {
    body.replaceChildren(make("p", {}, "No step of training has been made on this page: there is a film when it trains."));
    return;
  }
  body.replaceChildren(
    make("small", {}, `At ${head.steps.length} moments of its training, by the steps made; ${darkest(head.limit)}.`),
    make("div.mosaic", {}, ...head.steps.map((step, index) =>
      make("figure", {}, planeOf(arrays[`shot${index}`], head.limit, `After step ${step}`), make("figcaption", {}, `${step}`)))));
}

/** Ask again and again, each answer being better, until all samples were looked at. */
async function showPatches(body, ask, isWanted) {
  const state = make("progress", { max: 1, value: 0, "aria-label": "Samples looked at" });
  const said = make("p", { "aria-live": "polite" });
  const shown = make("div.mosaic");
  body.replaceChildren(said, state, shown);
  for (let seen = 0, samples = 1; seen < samples && isWanted();) {
    const { head, arrays } = await getArrays(ask("filter-patches"));
    if (!isWanted()) return;
    ({ seen, samples } = head);
    state.max = samples;
    state.value = seen;
    state.hidden = seen === samples;
    said.textContent = head.dead ? `Dead: ${head.dead}.`
      : `The parts of ${seen} samples that ${head.unit} answers most, the strongest first; a click takes the sample as input.`;
    shown.replaceChildren(...head.found.map((found, index) => patchOf(found, arrays[`patch${index}`], head)));
  }
}

function patchOf({ sample, value, box, axes, label }, patch, head) {
  const canvas = make("canvas");
  if (head.is_picture) drawPicture(canvas, patch, head.black, head.white);
  else drawMap(canvas, { shape: [patch.shape[0], patch.data.length / patch.shape[0], 1], data: patch.data }, 0, head.limit);
  const where = box.map(([from, to], axis) => `${axes[axis] ?? ""} ${from === to ? from : `${from} to ${to}`}`).join(", ");
  const says = `${short(value)} at sample ${sample}${label ? ` (${label})` : ""}, ${where}`;
  return make("button.patch", { title: says, "aria-label": says, onclick: () => trying(async () => void (await post("input", { sample }))) },
    canvas, make("span", {}, short(value)), make("small", {}, `sample ${sample}${label ? `: ${label}` : ""}`));
}

/** The gradient of the loss, of the input of the moment or of a batch. */
function gradientPart(opened) {
  const of = make("select", { "aria-label": "Of which loss" },
    make("option", { value: "input" }, "of the input of the moment"), make("option", { value: "batch" }, "of a batch of samples"));
  const part = partOf("Its gradient", false, async (body, ask) => {
    const slices = opened.chosen().length ? `&slices=${opened.chosen().join(",")}` : "";
    const { head, arrays } = await getArrays(`${ask("filter-gradient")}&of=${of.value}${slices}`);
    body.replaceChildren(
      make("p", {}, `Loss ${short(head.loss)} of ${head.samples} sample${head.samples === 1 ? "" : "s"}, as training would see it; the gradient has the length ${short(head.size)}, ${darkest(head.limit)}. A step goes against it: orange weights shrink, blue ones grow.`),
      make("div.mosaic", {}, ...head.slices.map((title, index) =>
        make("figure", {}, planeOf(arrays[`values${index}`], head.limit, `Gradient, ${title}`), make("figcaption", {}, title)))));
  });
  part.root.lastChild.before(make("label", {}, "Loss ", of));
  let last = null;
  of.addEventListener("change", () => last && part.refresh(last));
  return { ...part, refresh: (ask) => part.refresh((last = ask)) };
}

/** What the last edit has changed, or all edits. */
function changesOf() {
  const since = make("select", { "aria-label": "Since when" },
    make("option", { value: "last" }, "by the last edit"), make("option", { value: "beginning" }, "since the beginning"));
  const body = make("div");
  const root = make("section.changes", { "aria-label": "What changed" }, make("h2", {}, "What changed ", since), body);
  let turn = 0;
  let node = null;
  const refresh = async (chosen) => {
    node = chosen;
    const mine = ++turn;
    try {
      const { head, arrays } = await getArrays(`edits/changes?since=${since.value}&layer=${encodeURIComponent(node?.id ?? choice("layer"))}`);
      if (mine === turn) body.replaceChildren(...(head.changed ? boardOf(head, arrays) : [make("p", {}, "No weight has changed.")]));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (mine === turn) body.replaceChildren(make("p", {}, error.message));
    }
  };
  since.addEventListener("change", () => refresh(node));
  return { root, refresh };
}

function boardOf(head, arrays) {
  const parts = [];
  const row = (name, then, now) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, short(then)), make("td", {}, short(now)));
  const rows = head.scores.map(({ name, then, now }) => row(name, then, now));
  if (head.loss) rows.unshift(row("loss of this input", ...head.loss));
  if (rows.length) {
    parts.push(make("table.numbers", {}, make("thead", {}, make("tr", {}, ...["", "before", "now"].map((text) => make("th", { scope: "col" }, text)))), make("tbody", {}, ...rows)));
  }
  const largest = Math.max(...head.distances.map(([, distance]) => distance).filter(Number.isFinite), 1e-30);
  parts.push(make("p", {}, "Largest difference in each layer:"), make("ul.distances", {}, ...head.distances.map(([layer, distance]) => {
    const item = make("li", {}, `${layer}: ${short(distance)}`);
    item.style.setProperty("--part", String(distance / largest));
    return item;
  })));
  if (arrays.then) {
    parts.push(make("p", {}, `The ${head.word}s of ${head.layer} that changed most, before and now:`), make("div.mosaic.small", {}, ...head.channels.map((channel, index) =>
      make("figure", {}, mapOf(arrays.then, index, head.limit, `${head.word} ${channel} before`), mapOf(arrays.now, index, head.limit, `${head.word} ${channel} now`), make("figcaption", {}, `${head.word} ${channel}`)))));
  }
  return parts;
}

function mapOf(maps, channel, limit, label) {
  const canvas = make("canvas", { role: "img", "aria-label": label, title: label });
  drawMap(canvas, maps, channel, limit);
  return canvas;
}
