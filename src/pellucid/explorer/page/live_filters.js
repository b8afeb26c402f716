// The filters of a layer, as training changes them: while it runs, and they are in sight, thirty times a second.

import { getArrays, inPath, post } from "/page/api.js";
import { make } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { drawMap } from "/page/paint.js";
import { choice } from "/page/store.js";

const AGAIN_MS = 4000; // so often the server is told that somebody looks: it forgets in ten seconds

let take = (/** @type {any} */ _) => {};

/** Show what the server tells of filters while they are trained. @param {any} data */
export const showFilters = (data) => take(data);

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
  const pictures = make("div.kernels");
  let shown = /** @type {any} */ (null);
  let next = /** @type {any} */ (null);
  let [isRunning, isSeen, timer] = [false, false, 0];
  root.replaceChildren(title, pictures);
  const draw = newest(async () => {
    const node = known.find((each) => each.id === choice("layer")) ?? known[0];
    if (!node) return;
    const { head, arrays: { kernels } } = await getArrays(`training/filters/${inPath(node.path)}`);
    const of = head.channels > 1 ? `, channel ${head.channel} of the ${head.channels} that they read` : "";
    title.hidden = false;
    title.textContent = `The filters of ${head.layer}, as they are now${of}`;
    const count = kernels.shape[2];
    while (pictures.children.length > count) pictures.lastChild.remove();
    while (pictures.children.length < count) pictures.append(make("canvas", { role: "img", title: `filter ${pictures.children.length}`, "aria-label": `Filter ${pictures.children.length}` }));
    const isOther = shown?.layer !== head.layer || shown.channel !== head.channel;
    shown = head;
    paint(kernels, head.limit);
    if (isOther) tell();
  });
  const paint = (kernels, limit) => {
    for (let place = 0; place < kernels.shape[2]; place++) drawMap(pictures.children[place], kernels, place, limit);
  };
  const tell = () => {
    clearInterval(timer);
    if (!isRunning || !isSeen || !shown) return;
    const say = () => document.hidden || post("training/watch", { layer: shown.layer, channel: shown.channel }).catch(() => {}); // of those who ask for more, somebody hears of it
    say();
    timer = setInterval(say, AGAIN_MS);
  };
  take = (data) => {
    if (document.hidden || data.layer !== shown?.layer || data.channel !== shown.channel) return;
    if (next === null) requestAnimationFrame(() => {
      const { shape, limit, kernels } = next;
      next = null;
      if (shape[2] === pictures.children.length) paint({ shape, data: numbersOf(kernels) }, limit);
    });
    next = data;
  };
  const watcher = new IntersectionObserver(([{ isIntersecting }]) => {
    isSeen = isIntersecting;
    tell();
  });
  watcher.observe(pictures);
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
    },
  };
}

/** float32 of base64. @param {string} text */
const numbersOf = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
