// What the touched value sees of each layer before it, as the server says; asked for once for all who draw it.

import { get, inPath } from "/page/api.js";
import { make } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { onChange, tell } from "/page/store.js";
import { touched } from "/page/touch.js";

/** @type {Record<string, number[][]>} */
let boxes = {};

/** First and last place along each axis of a layer's maps; undefined where nothing of it is seen. @param {string} id */
export const fieldOn = (id) => boxes[id];

const ask = newest(async (isNewest) => {
  const value = touched();
  boxes = {};
  const found = value ? (await get(`field/${inPath(value.layer)}?at=${value.at}`)).boxes : {};
  if (!isNewest()) return;
  boxes = found;
  tell(new Set(["field"]));
});

onChange((changed) => {
  if (changed.has("value") || changed.has("layer")) ask();
});
if (touched()) ask();

/**
 * A frame around places of a map, to be laid on it.
 * @param {number[][]} box first and last along each axis
 * @param {number[]} shape of the maps, channels behind
 * @param {string} [kind] a class of the frame
 */
export function frameOn(box, shape, kind = "field") {
  const spatial = shape.slice(0, -1);
  const [[top, bottom], [left, right]] = box.length === 1 ? [[0, 0], box[0]] : box.slice(-2);
  const [rows, columns] = spatial.length === 1 ? [1, spatial[0]] : spatial.slice(-2);
  const frame = make(`span.${kind}`);
  Object.assign(frame.style, {
    left: `${(100 * left) / columns}%`,
    top: `${(100 * top) / rows}%`,
    width: `${(100 * (right - left + 1)) / columns}%`,
    height: `${(100 * (bottom - top + 1)) / rows}%`,
  });
  return frame;
}
