// The panel where the input is chosen: a sample by number, by class or by mistake; a file, a drawing, the camera. Of a
// network with several inputs each is chosen alone, too.

import { getArrays, post } from "/page/api.js";
import { showCamera } from "/page/camera.js";
import { make, realField, short, times, typed } from "/page/dom.js";
import { showDrawing } from "/page/drawing.js";
import { sendFile } from "/page/dropping.js";
import { newest } from "/page/newest.js";
import { planeView, planesOf } from "/page/map_view.js";
import { numberField } from "/page/number_field.js";
import { drawPicture } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { onChange } from "/page/store.js";

const FEW = 32; // numbers that can be typed
const CHANNELS = 8; // of an input that is no picture
const WIDTH = 280; // pixels of it

/**
 * @param {HTMLElement} root
 * @param {any} told what the server says of network and samples
 * @returns {() => void} to be called when another panel is shown
 */
export function show(root, { samples, inputs }) {
  const chooser = chooserOf(samples);
  const entries = inputs.map((input) => entryOf(input, samples, inputs.length > 1));
  if (inputs.length > 1) {
    root.replaceChildren(
      make("div", {}, ...chooser.parts),
      make("div.columns", {}, ...entries.map(({ id, picture, own, tools, board }) =>
        make("section.narrow", { "data-input": id, "aria-label": id }, make("h2", {}, id), picture, ...own, ...tools, board))),
    );
  } else {
    const [{ picture, own, tools, board }] = entries;
    root.replaceChildren(make("div.columns", {}, picture, make("div.narrow", {}, ...chooser.parts, ...own, ...tools), board));
  }
  const draw = newest(async (isNewest) => {
    const found = await Promise.all(inputs.map(({ id }) => getArrays(`input?${new URLSearchParams({ of: id })}`)));
    if (!isNewest()) return;
    found.forEach(({ head, arrays }, index) => entries[index].draw(head, arrays.x));
    const numbers = new Set(found.map(({ head }) => head.number));
    chooser.mark(numbers.size === 1 ? [...numbers][0] : null);
  });
  draw();
  const unheard = onChange((changed) => {
    if (changed.has("input")) draw();
  });
  return () => {
    unheard();
    for (const { leave } of entries) leave();
  };
}

/** One of the inputs: its picture, and how it alone is chosen. */
function entryOf(input, samples, isOneOfSeveral) {
  const canvas = make("canvas.large", { role: "img", "aria-label": isOneOfSeveral ? `The input ${input.id}` : "The input" });
  const said = make("p", { "aria-live": "polite" });
  const picture = make("div", {}, canvas, said);
  const number = isOneOfSeveral ? numberField(samples.count, "Number of the sample for this input alone", (sample) => post("input", { sample, of: input.id })) : null;
  const numbers = numbersOf(input);
  const own = input.picture ? ownInputs(input, isOneOfSeveral ? input.id : "") : { parts: [], board: "", leave: () => {} };
  return {
    id: input.id,
    picture,
    own: number ? [make("p.choices", {}, make("label", {}, "Of sample ", number.field))] : [],
    tools: [...(numbers ? [numbers.fields] : []), ...own.parts],
    board: own.board,
    leave: own.leave,
    draw: (head, x) => {
      drawInput(picture, canvas, head, x);
      number?.mark(head.number);
      numbers?.mark(x.data);
      said.textContent = `${sourceOf(head, samples)}${head.label ? `, which is ${head.label}` : ""}; ${times(x.shape)}.`;
    },
  };
}

/** Draw an input as a picture, or as numbers: the first channels of those that it has, plane by plane. */
function drawInput(root, canvas, head, x) {
  if (head.is_picture) {
    drawPicture(canvas, x, head.black, head.white);
    return;
  }
  const limit = x.data.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  const channels = x.shape.length > 1 ? x.shape.at(-1) : 1;
  const views = Array.from({ length: Math.min(channels, CHANNELS) }, (_, channel) => planesOf(x, channel).map((plane) =>
    planeView(plane, { limit, width: x.shape.length > 3 ? 110 : WIDTH, least: 22, label: x.shape.length > 1 ? `Channel ${channel}` : "Its numbers" }))).flat();
  const more = channels > CHANNELS ? [make("small", {}, `and ${channels - CHANNELS} channels more`)] : [];
  root.replaceChildren(make("div.mosaic.narrow", {}, ...views, ...more), root.lastChild);
}

const sourceOf = (head, samples) =>
  head.source === "sample" ? `Sample ${head.number} of ${samples.name}`
    : { file: "A file", drawing: "A drawing", camera: "The camera's picture", typed: "Numbers that were typed" }[head.source] ?? head.source;

/** Fields for the numbers of an input that is a row of few; null for others. */
function numbersOf({ id, shape }) {
  if (shape.length !== 1 || shape[0] > FEW) return null;
  let shown = /** @type {ArrayLike<number>} */ ([]);
  const fields = Array.from({ length: shape[0] }, (_, at) => {
    const field = realField({ "aria-label": `Number ${at} of ${id}` });
    field.addEventListener("change", async () => {
      const sent = field.value;
      await trying(async () => void (await post("input", { of: id, at: [at], value: typed(field) })));
      if (field.value === sent) field.value = short(shown[at]); // else something else has been typed meanwhile
    });
    return field;
  });
  const mark = (data) => {
    shown = data;
    fields.forEach((field, at) => {
      if (document.activeElement !== field) field.value = short(data[at]);
    });
  };
  return { fields: make("p.choices.numbers", { role: "group", "aria-label": `The numbers of ${id}` }, ...fields), mark };
}

/** The part of the panel that chooses among the samples: one choice after the other, each from where the one before led. */
function chooserOf(samples) {
  let line = Promise.resolve();
  const send = (wanted) => {
    const sent = line.then(async () => mark((await post("input", wanted())).number));
    line = sent.catch(() => {}); // whoever asked is told; the next one is asked for all the same
    return sent;
  };
  const take = (wanted) => trying(() => send(wanted), take);
  const { field: number, mark, after } = numberField(samples.count, "Number of the sample", (sample) => send(() => ({ sample })));
  const step = (by) => take(() => ({ sample: (after() + by + samples.count) % samples.count }));
  const classes = samples.class_names.map((name, index) =>
    make("button", { onclick: () => take(() => ({ class: index, after: after() })) }, name));
  const parts = [
    make("p.choices", {},
      make("button", { onclick: () => step(-1), "aria-label": "The sample before" }, "◀"),
      make("label", {}, "Sample ", number, ` of ${samples.count}`),
      make("button", { onclick: () => step(1), "aria-label": "The next sample" }, "▶")),
  ];
  if (classes.length) {
    parts.push(make("p.choices", { role: "group", "aria-label": "The next sample of a class" }, "Next of class ", ...classes));
  }
  if (samples.has_classes) {
    parts.push(make("p", {}, make("button", { onclick: () => take(() => ({ mistake: true, after: after() })) }, "Next mistake")));
  }
  return { parts, mark };
}

/** The parts of the panel for pictures of one's own. */
function ownInputs({ picture }, of) {
  const chosen = make("input", { type: "file", accept: "image/*", "aria-label": "An image file" });
  chosen.addEventListener("change", () => chosen.files[0] && sendFile(chosen.files[0], of));
  const drawing = make("div");
  const camera = make("div");
  showDrawing(drawing, picture, of);
  const stop = showCamera(camera, of);
  return {
    parts: [make("p", {}, make("label", {}, "A file, or drop one here: ", chosen)), camera],
    board: drawing,
    leave: stop,
  };
}
