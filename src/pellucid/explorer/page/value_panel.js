// The panel of one value: its patch, the kernel and the products, the sums, and the values that it is made of, each of
// which leads back to where it comes from. Arrow keys slide the window.

import { getArrays, inPath, Refused, Unreachable } from "/page/api.js";
import { make, short } from "/page/dom.js";
import { fieldOn, frameOn } from "/page/fields.js";
import { planeView, planesOf } from "/page/map_view.js";
import { newest } from "/page/newest.js";
import { choice, choose, onChange } from "/page/store.js";
import { back, follow, moved, named, slide, touch, touched, way } from "/page/touch.js";
import { toldOf } from "/page/value_told.js";

export const title = "Value";
const HINT = "Click a number of a map to see how it comes about: open a layer, and touch a cell.";
const MAP = 220; // pixels
const UNITS = 256; // that are asked for at once
const CELLS = 220; // of all grids of a page, about

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene, samples }) {
  const last = scene.nodes[scene.nodes.length - 1].id;
  const parts = { way: make("p.way"), maps: make("div.two-maps"), told: make("div.told") };
  let shape = /** @type {number[]} */ ([]);
  let maps = /** @type {any} */ (null);
  let count = 8;
  let shown = ""; // the value that was drawn last
  const drawMaps = () =>
    maps &&
    parts.maps.replaceChildren(
      ...maps.map((/** @type {any} */ each) => mapOf(each, Math.min(MAP, root.clientWidth / 2 - 30))),
    );
  const draw = newest(async (isNewest) => {
    const value = touched();
    if (!value) {
      parts.told.replaceChildren(
        make("p", {}, HINT),
      );
      root.replaceChildren(parts.told);
      return;
    }
    const asked = new URLSearchParams({
      at: value.at.join(","),
      first: choice("first") || "0",
      count: String(count),
      order: choice("order") || "number",
      kernel: choice("kernel") || "as it is",
    });
    const { head, arrays } = await getArrays(`value/${inPath(value.layer)}?${asked}`).catch((error) => {
      const isNoValue = error instanceof Refused && !(error instanceof Unreachable) && shown !== named(value);
      if (isNoValue && isNewest()) root.replaceChildren(make("p", {}, `${error.message}.`), make("p", {}, HINT));
      throw error;
    });
    const before = beforeOf(head);
    const found = await Promise.all([...(before ? [before] : []), value].map(mapAround));
    if (!isNewest()) return;
    shape = head.shape;
    shown = named(value);
    maps = found;
    count = head.grids
      ? Math.max(1, Math.min(16, Math.floor(CELLS / (arrays.inputs.data.length / head.grids.channels.length))))
      : 8;
    const hadFocus = root.contains(document.activeElement);
    if (parts.told.parentElement !== root)
      root.replaceChildren(parts.way, make("div.beside", {}, parts.maps, parts.told));
    drawWay(
      parts.way,
      value,
      value.layer === last && value.at.length === 1 ? samples.class_names[value.at[0]] : undefined,
    );
    drawMaps();
    parts.told.replaceChildren(...toldOf(head, arrays, shape));
    if (hadFocus && !root.contains(document.activeElement)) root.focus();
  });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      (event.target instanceof Element && event.target.closest("select,input"))
    )
      return;
    const value = touched();
    if (!value) return;
    const next = moved(event.key, value.at, shape);
    if (next) slide(next);
    else if (event.key === "Backspace") back();
    else if (event.key === "Escape") choose({ panel: "layer" });
    else return;
    event.preventDefault();
  };
  root.addEventListener("keydown", keys);
  draw();
  const leave = onChange((changed) => {
    if (["layer", "value", "input", "weights", "first", "order", "kernel"].some((name) => changed.has(name))) draw();
    else if (changed.has("field")) drawMaps();
  });
  return () => {
    leave();
    root.removeEventListener("keydown", keys);
  };
}

/** The maps that the window lies on: of the first term whose place is known. */
function beforeOf(head) {
  const terms = (/** @type {any} */ part) => part?.listed.map((/** @type {any} */ term) => term.to) ?? [];
  const steps = head.steps?.flatMap((/** @type {any} */ step) => [
    ...terms(step.terms),
    ...step.operands.map((/** @type {any} */ each) => each.to),
  ]);
  return [...(head.grids?.to ?? []), ...terms(head.terms), ...(steps ?? [])].find((to) => to) ?? null;
}

/** The one map that a value stands in; of units those around it. */
async function mapAround({ layer, at }) {
  const isMap = at.length > 1;
  const first = isMap ? at[at.length - 1] : UNITS * Math.floor(at[0] / UNITS);
  const { head, arrays } = await getArrays(`maps/${inPath(layer)}?first=${first}&count=${isMap ? 1 : UNITS}`);
  return { layer, at, first, head, maps: arrays.maps };
}

function mapOf({ layer, at, first, head, maps }, width) {
  const value = touched();
  const isOwn = value?.layer === layer;
  const box = isOwn ? null : fieldOn(layer);
  const isMap = at.length > 1;
  const channel = isMap ? first : 0;
  const where = (/** @type {number[]} */ place) => (isMap ? [...place, channel] : [place[0] + first]);
  const views = planesOf(maps, 0).map((plane, index) => {
    const isPicture = head.is_picture && head.shape[head.shape.length - 1] === 1;
    const view = planeView(plane, {
      limit: head.limit,
      picture: isPicture ? head : undefined,
      width,
      least: 26,
      label: isMap ? `Map ${channel} of ${layer}` : layer,
      onpick: (cell) => (isOwn ? touch : follow)({ layer, at: where(plane.place(cell[0], cell[1])) }),
    });
    const isSeen = box?.length && (box.length < 3 || (box[0][0] <= index && index <= box[0][1]));
    const cell = isOwn && value ? plane.cell(isMap ? value.at : [value.at[0] - first]) : null;
    if (isSeen) view.append(frameOn(box, head.shape));
    if (cell && cell[0] >= 0)
      view.append(
        frameOn(
          cell.map((place) => [place, place]),
          plane.values.shape,
          "cursor",
        ),
      );
    return isSeen || cell || head.shape.length < 4 ? view : null;
  });
  const count = head.shape[head.shape.length - 1];
  const part = count > UNITS ? `, units ${first} to ${Math.min(count, first + UNITS) - 1}` : "";
  const name = isMap ? `${layer}, ${count > 1 ? `map ${channel}` : "its map"}` : layer + part;
  return make("figure.sheet", {}, make("figcaption", {}, name), ...views.filter((view) => view !== null));
}

/** The trail of crumbs, and where the value is. */
function drawWay(root, value, className) {
  const crumbs = way().map((each, index) => make("button", { onclick: () => back(way().length - index) }, named(each)));
  root.replaceChildren(
    ...crumbs.flatMap((crumb) => [crumb, " › "]),
    make("b", {}, named(value)),
    className ? `, for ${className}` : "",
    make("span.hint", {}, " arrow keys slide, Page Up and Down change the channel, Backspace goes back"),
  );
}
