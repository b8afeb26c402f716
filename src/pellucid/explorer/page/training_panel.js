// The panel in which the network is trained: buttons and keys, curves, the past, the mistakes, the next step.

import { get, getArrays, post } from "/page/api.js";
import { showConfusion } from "/page/confusion.js";
import { drawCurves, linesOf } from "/page/curves.js";
import { become, grouped, make, options, realField, short, takesText, typed, wholeField } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { liveFilters } from "/page/live_filters.js";
import { nextStep } from "/page/next_step.js";
import { trying } from "/page/problem.js";
import { onChange } from "/page/store.js";

const CURVES_MS = 900; // from one drawing of the curves to the next, while they grow
const SPEEDS = [[0, "as fast as it goes"], [1, "1 step"], [5, "5 steps"], [20, "20 steps"], [100, "100 steps"]];

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, told) {
  const parts = partsOf();
  const step = nextStep(parts.next);
  const filters = liveFilters(parts.filters, told.scene);
  let state = null;
  let drawn = "";
  let drawnAt = -CURVES_MS;
  let left = false;
  const put = (now, isLast = true) => { // of several wishes one behind the other the last: what was chosen stays until it is answered
    if (left) return;
    if (state && now.version < state.version) { // an answer that has been overtaken
      if (!waiting && isLast) tellFields(parts, state);
      return;
    }
    const before = state;
    state = now;
    if (now.why_not) {
      root.replaceChildren(make("p", {}, now.why_not));
      return;
    }
    if (!root.contains(parts.bar)) {
      root.replaceChildren(...parts.all);
      filters.draw();
    }
    filters.watch(now.running);
    tellState(parts, now);
    if (!waiting && isLast) tellFields(parts, now);
    const version = [now.step, now.branch, now.at, now.moments.length].join(" ");
    if (version !== drawn && (!now.running || performance.now() > drawnAt + CURVES_MS)) {
      curves();
      drawn = version;
      drawnAt = performance.now();
    }
    const epoch = now.epochs[0]?.step;
    const rests = !now.running && (before === null || before.running || before.step !== now.step || before.at !== now.at);
    if (rests || epoch !== before?.epochs?.[0]?.step) mistakes();
    if (rests) step.draw();
  };
  const look = newest(async () => put(await get("training")));
  let waiting = 0; // orders that are not answered yet: what was chosen stays until they are
  let line = Promise.resolve();
  const ask = (sent, isLast = () => true) => {
    waiting += 1;
    line = line.then(() => trying(async () => {
      const now = await post("training", sent).finally(() => (waiting -= 1));
      put(now, isLast());
    })).then(() => isLast() && again());
    return line;
  };
  const again = () => state && !waiting && !state.why_not && tellFields(parts, state); // what was refused does not stay
  const go = newest((isNewest, sent) => ask(sent, isNewest));
  const curves = newest(async () => {
    const { head, arrays } = await getArrays("training/curves");
    if (!left) drawAll(parts, head, arrays, state);
  });
  const mistakes = newest(async () => {
    const { head, arrays } = await getArrays("training/confusion");
    if (!left) showConfusion(parts.confusion, head, arrays);
  });
  const keys = listenTo(parts, () => state, ask, go);
  for (const field of [parts.rate, parts.batch]) field.addEventListener("blur", again);
  root.replaceChildren(make("p", {}, "…"));
  look();
  const forget = onChange((changed) => {
    if (changed.has("training")) look();
    if (changed.has("weights") && state && !state.running) mistakes();
    if (changed.has("weights") || changed.has("layer")) filters.draw();
    if (changed.has("layer") || changed.has("filter")) step.draw();
  });
  const resized = new ResizeObserver(() => {
    if (state && !state.why_not) curves();
  });
  resized.observe(root);
  return () => {
    left = true;
    filters.leave();
    forget();
    keys();
    resized.disconnect();
  };
}

function partsOf() {
  const button = (name, key) => make("button", { "data-do": name, "aria-keyshortcuts": key });
  const field = (label, input) => make("label", {}, `${label} `, input);
  const parts = {
    start: button("start", "Space"),
    step: button("step", "s"),
    epoch: button("epoch", "e"),
    status: make("p.training-status", { role: "status" }),
    note: make("p.training-note"),
    speed: make("select", {}, ...SPEEDS.map(([value, name]) => make("option", { value }, name))),
    rate: realField({ size: 8, name: "rate" }),
    optimizer: make("select", { name: "optimizer" }),
    batch: wholeField({ least: 1, name: "batch_size" }),
    loss: make("div.curve"),
    right: make("div.curve"),
    past: make("input", { type: "range", min: 0, name: "moment", "aria-label": "Moment of the training" }),
    moment: make("output"),
    latest: make("button", {}, "Latest"),
    branch: make("select", { name: "branch" }),
    confusion: make("section", { "aria-label": "Mistakes" }),
    filters: make("section", { "aria-label": "Filters" }),
    next: make("section", { "aria-label": "The next step" }),
  };
  parts.step.append("One step ", make("kbd", {}, "s"));
  parts.epoch.append("One epoch ", make("kbd", {}, "e"));
  const bar = make("div.controls", { role: "group", "aria-label": "Training" }, parts.start, parts.step, parts.epoch);
  const fields = make("div.fields", {},
    field("A picture every", parts.speed), field("Learning rate", parts.rate),
    field("Optimiser", parts.optimizer), field("Batch size", parts.batch));
  const past = make("div.past", {},
    make("h2", {}, "Its past"),
    make("p", {}, "Go back: the whole page shows the network as it was. Start from there, and a new run branches off."),
    make("div.scrub", {}, parts.past, parts.latest), parts.moment, field("Run", parts.branch));
  const all = [bar, parts.status, parts.note, fields,
    make("div.panes", {}, parts.loss, parts.filters, parts.right, past, parts.confusion, parts.next)];
  return { ...parts, bar, all };
}

/** Clicks, keys and changes; returns what ends the keys. */
function listenTo(parts, state, ask, go) {
  const orders = {
    start: () => ({ do: state().running ? "pause" : "start" }),
    step: () => ({ do: "step" }),
    epoch: () => ({ do: "epoch" }),
  };
  const order = (name) => state() && !state().why_not && ask(orders[name]());
  for (const name of Object.keys(orders)) parts[name].addEventListener("click", () => order(name));
  parts.speed.addEventListener("change", () => ask({ do: "speed", steps: Number(parts.speed.value) }));
  parts.rate.addEventListener("change", () => ask({ do: "rate", value: typed(parts.rate) }));
  parts.optimizer.addEventListener("change", () => ask({ do: "use", optimizer: parts.optimizer.value }));
  parts.batch.addEventListener("change", () => ask({ do: "use", batch_size: typed(parts.batch) }));
  parts.past.addEventListener("input", () => {
    const { moments } = state();
    const place = Number(parts.past.value);
    go({ do: "go", moment: place >= moments.length - 1 ? null : moments[place].number });
  });
  parts.latest.addEventListener("click", () => go({ do: "go", moment: null }));
  parts.branch.addEventListener("change", () => go({ do: "go", moment: Number(parts.branch.value) }));
  const onKey = (event) => {
    const name = { " ": "start", s: "step", e: "epoch" }[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey || event.repeat && name === "start") return;
    if (takesText(event.target) || event.target.closest("select")) return;
    if (name === "start" && event.target.closest("button:not([role=tab]), summary, a, input:not([type=range])")) return; // it does its own then
    event.preventDefault();
    order(name);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function tellState(parts, state) {
  put(parts.start, state.running ? "Pause " : "Start ", "space");
  const of = state.batches === null ? "" : ` of ${grouped(state.batches)}`;
  become(parts.status, [
    `${state.running ? "Training" : state.at === null ? "Paused" : "Showing a moment of the past"}: ` +
    `step ${grouped(state.step)}, epoch ${grouped(state.epoch)}, batch ${grouped(state.batch)}${of}` +
    `${state.loss === null ? "" : `, loss ${short(state.loss)}`}${heldOut(state)}`]);
  parts.status.setAttribute("aria-live", state.running ? "off" : "polite"); // nobody can listen to numbers that never rest
  become(parts.note, state.note ? [state.note] : []);
}

function tellFields(parts, state) {
  keep(parts.speed, state.speed);
  keep(parts.rate, state.rate === null ? "" : short(state.rate));
  parts.rate.disabled = state.rate === null;
  options(parts.optimizer, Object.entries(state.optimizers), state.optimizer);
  keep(parts.batch, state.batch_size ?? "");
  parts.optimizer.disabled = state.running;
  parts.batch.disabled = state.running || state.batch_size === null;
  const names = state.branches.filter((each) => each.last !== null).map((each) => [each.last, each.name]);
  options(parts.branch, names, state.branches[state.branch].last);
  parts.branch.parentElement.hidden = !names.length;
  parts.branch.disabled = parts.latest.disabled = parts.past.disabled = !state.moments.length;
  const last = state.moments.length - 1;
  const place = state.at === null ? last : state.moments.findIndex((each) => each.number === state.at);
  parts.past.max = Math.max(last, 0);
  keep(parts.past, Math.max(place, 0));
  const moment = state.moments[place];
  const name = state.at === null || !moment ? `the latest, step ${grouped(state.step)}`
    : `step ${grouped(moment.step)}, epoch ${moment.epoch}${moment.loss === null ? "" : `, loss ${short(moment.loss)}`}`;
  parts.past.setAttribute("aria-valuetext", name);
  become(parts.moment, [`Shown: ${name}`]);
}

function heldOut(state) {
  const told = state.epochs[0];
  if (!told) return "";
  const names = Object.keys(told).filter((name) => name.startsWith("val_"));
  return names.length ? `; held out: ${names.map((name) => `${name.slice(4)} ${short(told[name])}`).join(", ")}` : "";
}

/** What somebody is typing into or choosing from stays as it is. */
function keep(input, value) {
  if (input.value === String(value)) return;
  if (document.activeElement !== input || input.type === "range" || input.tagName === "SELECT") input.value = value;
}

function put(button, words, key) {
  if (button.dataset.words !== words) button.replaceChildren(words, make("kbd", {}, key));
  button.dataset.words = words;
}

function drawAll(parts, head, arrays, state) {
  const marks = state && state.at !== null ? [{ x: state.step, name: "shown" }] : [];
  drawCurves(parts.loss, {
    label: "Loss", across: "step", x: [0, head.last], y: [head.low, head.high],
    xTicks: head.ticks.step, yTicks: head.ticks.loss, lines: linesOf(head, arrays, "loss"), marks,
  });
  const metric = head.metric;
  parts.right.hidden = metric === null;
  if (metric === null) return;
  drawCurves(parts.right, {
    label: metric === "accuracy" ? "Accuracy: the share that is right" : metric, across: "step",
    x: [0, head.last], y: head.metric_ends, xTicks: head.ticks.step, yTicks: head.ticks.metric,
    lines: linesOf(head, arrays, metric), marks,
  });
}
