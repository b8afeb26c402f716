// The panel where the input is chosen: a sample by number, by class or by mistake; a file, a drawing, the camera.

import { getArrays, post, postBytes } from "/page/api.js";
import { showCamera } from "/page/camera.js";
import { make, times } from "/page/dom.js";
import { showDrawing } from "/page/drawing.js";
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
  const draw = () => trying(async () => {
    const { head, arrays } = await getArrays("input");
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
  const after = () => (number.value === "" ? -1 : Number(number.value));
  const take = (sent) => trying(async () => void (await post("input", sent)));
  const step = (by) => take({ sample: (after() + by + samples.count) % samples.count });
  number.addEventListener("change", () => take({ sample: Number(number.value) }));
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
  return { parts, mark: (sample) => void (number.value = sample ?? "") };
}

/** The parts of the panel for pictures of one's own; dropping a file works anywhere on the page. */
function ownInputs(picture) {
  const send = (file) => trying(async () => void (await postBytes("input/file", file)));
  const chosen = make("input", { type: "file", accept: "image/*", "aria-label": "An image file" });
  chosen.addEventListener("change", () => chosen.files[0] && send(chosen.files[0]));
  const over = (event) => event.preventDefault();
  const dropped = (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) send(file);
  };
  addEventListener("dragover", over);
  addEventListener("drop", dropped);
  const drawing = make("div");
  const camera = make("div");
  showDrawing(drawing, picture);
  const stop = showCamera(camera);
  return {
    parts: [make("p", {}, make("label", {}, "A file, or drop one here: ", chosen)), camera],
    board: drawing,
    leave: () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", dropped);
      stop();
    },
  };
}
