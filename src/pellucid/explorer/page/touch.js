// The value that is touched: "row,column,channel" of the layer, behind # in the address; and the way that led to it.

import { choice, choose } from "/page/store.js";

/** @typedef {{layer: string, at: number[]}} Touched */

/** @type {Touched[]} */
let trail = [];

/** What is touched; null for nothing. @returns {Touched|null} */
export function touched() {
  const at = choice("value").split(",").map(Number);
  return choice("value") && at.every(Number.isInteger) ? { layer: choice("layer"), at } : null;
}

/** The values from which one went on to the next one before it, the first first. */
export const way = () => trail;

/** Touch a value afresh. @param {Touched} to */
export function touch(to) {
  trail = [];
  go(to);
}

/** Go on to a value that the touched one is made of. @param {Touched} to */
export function follow(to) {
  const from = touched();
  if (from) trail = [...trail, from];
  go(to);
}

/** Back along the way. @param {number} [steps] @returns {boolean} whether there was one */
export function back(steps = 1) {
  if (trail.length < steps) return false;
  const to = trail[trail.length - steps];
  trail = trail.slice(0, -steps);
  go(to);
  return true;
}

/** Open another layer: what was chosen within the one before means nothing there. @param {string} layer @param {object} [more] */
export const enter = (layer, more = {}) => choose({ layer, value: "", filter: "", page: "", first: "", map: "", ...more });

/** Another place in the same maps. @param {number[]} at */
export const slide = (at) => choose({ value: at.join(",") });

const go = (to) =>
  choose({
    layer: to.layer,
    value: to.at.join(","),
    filter: "",
    panel: "value",
    page: "",
    first: "",
    map: to.at.length > 1 ? to.at[to.at.length - 1] : "",
  });

/** As it is written: conv[2, 3, 0]. @param {Touched} value */
export const named = ({ layer, at }) => `${layer}[${at.join(", ")}]`;

/**
 * Where an arrow key, Page Up or Page Down (a channel), [ or ] (a plane) leads to; null for another key.
 * @param {string} key
 * @param {number[]} at
 * @param {number[]} shape of the maps
 */
export function moved(key, at, shape) {
  const last = at.length - 1;
  const axis = {
    "[": last - 3,
    "]": last - 3,
    ArrowUp: last - 2,
    ArrowDown: last - 2,
    ArrowLeft: last - 1,
    ArrowRight: last - 1,
    PageUp: last,
    PageDown: last,
  };
  if (!(key in axis)) return null;
  const along = last === 0 ? 0 : axis[key];
  if (along < 0 || !(along in shape)) return null; // no such axis, or the maps are not there yet
  const step = ["]", "ArrowDown", "ArrowRight", "PageDown"].includes(key) ? 1 : -1;
  return at.map((place, number) => (number === along ? Math.max(0, Math.min(shape[along] - 1, place + step)) : place));
}
