// The filters of a layer, as training changes them: while it runs, and they are in sight, thirty times a second.

import { getArrays, inPath, post } from "/page/api.js";
import { make } from "/page/dom.js";
import { takeAll } from "/page/listening.js";
import { newest } from "/page/newest.js";
import { drawTiles } from "/page/paint.js";
import { choice } from "/page/store.js";

const SIDE = 44; // pixels of a filter, at most
const GAP = 4;
const AGAIN_MS = 4000; // so often the server is told that somebody looks: it forgets in ten seconds

/**
 * @param {HTMLElement} root
 * @param {any} scene
 * @returns {{draw: () => void, watch: (isRunning: boolean) => void, leave: () => void}} `draw` is to be called when the weights,
 *   or the layer that is chosen, have changed; `watch` when the training has begun or ended
 */
export function liveFilters(root, scene) {
  const known = scene.nodes.filter((node) => Object.keys(node.banks).length);
  root.hidden = !known.length;
  const title = make("h2", { hidden: true }); // until it says something
  const [canvas, labels] = [make("canvas", { "aria-hidden": "true" }), make("div.labels")];
  const pictures = make("div.kernels", {}, canvas, labels);
  let shown = /** @type {any} */ (null);
  let [next, drawn] = [/** @type {any} */ (null), /** @type {any} */ (null)];
  let [isRunning, isSeen, timer] = [false, false, 0];
  root.replaceChildren(title, pictures);
  const draw = newest(async () => {
    const node = known.find((each) => each.id === choice("layer")) ?? known[0];
    if (!node) return;
    const { head, arrays: { kernels } } = await getArrays(`training/filters/${inPath(node.path)}`);
    const of = head.channels > 1 ? `, channel ${head.channel} of the ${head.channels} that they read` : "";
    title.hidden = false;
    title.textContent = `The filters of ${head.layer}${head.which ? `, ${head.which}` : ""}, as they are now${of}`;
    const isOther = shown?.layer !== head.layer || shown.channel !== head.channel;
    shown = head;
    paint(kernels, head.limit);
    if (isOther) tell();
  });
  const paint = (kernels, limit) => {
    drawn = { kernels, limit };
    const [rows, columns, count] = kernels.shape;
    const side = Math.max(1, Math.floor(SIDE / Math.max(rows, columns)));
    const across = Math.max(1, Math.floor((pictures.clientWidth + GAP) / (columns * side + GAP)));
    drawTiles(canvas, kernels, limit, { across, side, gap: GAP });
    const form = `${[rows, columns, count, across]}`;
    if (labels.dataset.form !== form) label(count, Math.min(count, across), columns * side, rows * side);
    labels.dataset.form = form;
  };
  /** Names over the picture, for who points at a filter or cannot see it. */
  const label = (count, across, width, height) => {
    labels.style.gridTemplateColumns = `repeat(${across}, ${width}px)`;
    labels.style.gridAutoRows = `${height}px`;
    labels.replaceChildren(...Array.from({ length: count }, (_, place) =>
      make("span", { role: "img", title: `filter ${place}`, "aria-label": `Filter ${place}` })));
  };
  const tell = () => {
    clearInterval(timer);
    if (!isRunning || !isSeen || !shown) return;
    const say = () => document.hidden || post("training/watch", { layer: shown.layer, channel: shown.channel }).catch(() => {}); // of those who ask for more, somebody hears of it
    say();
    timer = setInterval(say, AGAIN_MS);
  };
  takeAll("filters", (data) => {
    if (document.hidden || data.layer !== shown?.layer || data.channel !== shown.channel) return;
    if (next === null) requestAnimationFrame(() => {
      const { shape, limit, kernels } = next;
      next = null;
      if (shape[2] === labels.children.length) paint({ shape, data: numbersOf(kernels) }, limit);
    });
    next = data;
  });
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
    isSeen = isIntersecting;
    tell();
  });
  watcher.observe(pictures);
  const measurer = new ResizeObserver(() => drawn && paint(drawn.kernels, drawn.limit));
  measurer.observe(pictures);
  return {
    draw,
    watch: (now) => {
      if (now === isRunning) return;
      isRunning = now;
      tell();
    },
    leave: () => {
      isRunning = false;
      tell();
      watcher.disconnect();
      measurer.disconnect();
    },
  };
}

/** float32 of base64. @param {string} text */
const numbersOf = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
