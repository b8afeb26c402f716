// The panel where the input is chosen: a sample by number, by class or by mistake; a file, a drawing, the camera.

import { getArrays, post } from "/page/api.js";
import { showCamera } from "/page/camera.js";
import { make, times, typed } from "/page/dom.js";
import { showDrawing } from "/page/drawing.js";
import { sendFile } from "/page/dropping.js";
import { newest } from "/page/newest.js";
import { drawMap, drawPicture } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { onChange } from "/page/store.js";

export const title = "Input";

/**
 * @param {HTMLElement} root
 * @param {any} told what the server says of network and samples
 * @returns {() => void} to be called when another panel is shown
 */
export function show(root, { samples, picture }) {
  const canvas = make("canvas.large", { role: "img", "aria-label": "The input" });
  const said = make("p", { "aria-live": "polite" });
  const chooser = chooserOf(samples);
  const own = picture ? ownInputs(picture) : { parts: [], board: "", leave: () => {} };
  root.replaceChildren(
    make("div.columns", {}, make("div", {}, canvas, said), make("div.narrow", {}, ...chooser.parts, ...own.parts), own.board),
  );
  const draw = newest(async (isNewest) => {
    const { head, arrays } = await getArrays("input");
    if (!isNewest()) return;
    drawInput(canvas, head, arrays.x);
    chooser.mark(head.number);
    said.textContent = `${sourceOf(head, samples)}${head.label ? `, which is ${head.label}` : ""}; ${times(arrays.x.shape)}.`;
  });
  draw();
  const unheard = onChange((changed) => {
    if (changed.has("input")) draw();
  });
  return () => {
    unheard();
    own.leave();
  };
}

/** Draw an input as a picture, or as numbers. */
function drawInput(canvas, head, x) {
  const limit = Math.max(Math.abs(head.black), Math.abs(head.white));
  if (head.is_picture) drawPicture(canvas, x, head.black, head.white);
  else if (x.shape.length === 3) drawMap(canvas, x, 0, limit);
  else drawMap(canvas, { shape: [x.shape.at(-1), x.data.length / x.shape.at(-1), 1], data: x.data }, 0, limit);
}

const sourceOf = (head, samples) =>
  head.source === "sample" ? `Sample ${head.number} of ${samples.name}`
    : { file: "A file", drawing: "A drawing", camera: "The camera's picture" }[head.source] ?? head.source;

/** The part of the panel that chooses among the samples. */
function chooserOf(samples) {
  const number = make("input", { type: "number", min: 0, max: samples.count - 1, "aria-label": "Number of the sample" });
  let shown = "";
  const after = () => (shown === "" ? -1 : Number(shown));
  const mark = (sample) => void (number.value = shown = String(sample ?? ""));
  const take = async (sent) => {
    await trying(async () => mark((await post("input", sent)).number));
    number.value = shown; // what was refused does not stay
  };
  const step = (by) => take({ sample: (after() + by + samples.count) % samples.count });
  number.addEventListener("change", () => take({ sample: typed(number) }));
  const classes = samples.class_names.map((name, index) =>
    make("button", { onclick: () => take({ class: index, after: after() }) }, name));
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
    parts.push(make("p", {}, make("button", { onclick: () => take({ mistake: true, after: after() }) }, "Next mistake")));
  }
  return { parts, mark };
}

/** The parts of the panel for pictures of one's own. */
function ownInputs(picture) {
  const chosen = make("input", { type: "file", accept: "image/*", "aria-label": "An image file" });
  chosen.addEventListener("change", () => chosen.files[0] && sendFile(chosen.files[0]));
  const drawing = make("div");
  const camera = make("div");
  showDrawing(drawing, picture);
  const stop = showCamera(camera);
  return {
    parts: [make("p", {}, make("label", {}, "A file, or drop one here: ", chosen)), camera],
    board: drawing,
    leave: stop,
  };
}
