// The panel of one value: its patch, the kernel and the products, the sums, and the values that it is made of, each of
// which leads back to where it comes from. Arrow keys slide the window.

import { getArrays, inPath, isRefused } from "/page/api.js";
import { become, make, short } from "/page/dom.js";
import { fieldOn, frameOn } from "/page/fields.js";
import { planeView, planesOf } from "/page/map_view.js";
import { newest } from "/page/newest.js";
import { choice, choose, onChange } from "/page/store.js";
import { back, follow, moved, named, slide, touch, touched, way } from "/page/touch.js";
import { toldOf } from "/page/value_told.js";

const HINT = "Click a number of a map to see how it comes about: open a layer, and touch a cell.";
const MAP = 220; // pixels
const UNITS = 256; // that are asked for at once
const KNOWN = 16; // maps that are kept
const CELLS = 220; // of all grids of a page, about

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene, samples }) {
  const last = scene.nodes[scene.nodes.length - 1].id;
  const parts = { way: make("p.way"), maps: make("div.two-maps"), told: make("div.told") };
  let [shape, layerOfShape] = [/** @type {number[]} */ ([]), ""];
  let around = /** @type {any[]} */ ([]); // the maps around the value
  let known = new Map(); // maps by layer and first channel, as long as they stay what they are
  let count = 8;
  let shown = ""; // the value that was drawn last
  let views = /** @type {any[]} */ ([]);
  let width = 0;
  const drawMaps = () => {
    views = around.map((each) => views.find((view) => view.of === each && view.width === width) ?? viewOf(each, width));
    if (views.some(({ figure }, index) => parts.maps.children[index] !== figure) || parts.maps.children.length > views.length)
      parts.maps.replaceChildren(...views.map(({ figure }) => figure));
    for (const view of views) view.mark();
  };
  const sized = new ResizeObserver(() => {
    width = Math.min(MAP, root.clientWidth / 2 - 30);
    drawMaps();
  });
  sized.observe(root);
  const mapAround = async ({ layer, at }) => {
    const isMap = at.length > 1;
    const first = isMap ? at[at.length - 1] : UNITS * Math.floor(at[0] / UNITS);
    const [key, now] = [`${first} ${layer}`, known];
    if (!now.has(key)) {
      const { head, arrays } = await getArrays(`maps/${inPath(layer)}?first=${first}&count=${isMap ? 1 : UNITS}`);
      if (now.size >= KNOWN) now.delete(now.keys().next().value);
      now.set(key, { layer, isMap, first, head, maps: arrays.maps });
      return now.get(key);
    }
    return now.get(key);
  };
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
      const isNoValue = isRefused(error) && shown !== named(value);
      if (isNoValue && isNewest()) root.replaceChildren(make("p", {}, `${error.message}.`), make("p", {}, HINT));
      throw error;
    });
    const before = beforeOf(head);
    const found = await Promise.all([...(before ? [before] : []), value].map(mapAround));
    if (!isNewest()) return;
    [shape, layerOfShape] = [head.shape, value.layer];
    shown = named(value);
    around = found;
    count = head.grids?.channels.length
      ? Math.max(1, Math.min(16, Math.floor(CELLS / (arrays.inputs.data.length / head.grids.channels.length))))
      : 8;
    const hadFocus = root.contains(document.activeElement);
    if (parts.way.parentElement !== root)
      root.replaceChildren(parts.way, make("div.beside", {}, parts.maps, parts.told));
    drawWay(
      parts.way,
      value,
      value.layer === last && value.at.length === 1 ? samples.unit_names[value.at[0]] : undefined,
    );
    if (width) drawMaps();
    become(parts.told, toldOf(head, arrays, shape));
    if (hadFocus && (!root.contains(document.activeElement) || document.activeElement?.matches(":disabled"))) root.focus();
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
    const next = layerOfShape === value.layer ? moved(event.key, value.at, shape) : null; // else its own shape is on its way
    if (next) slide(next);
    else if (event.key === "Backspace") back();
    else if (event.key === "Escape") choose({ panel: "layer" });
    else return;
    event.preventDefault();
  };
  root.addEventListener("keydown", keys);
  draw();
  const leave = onChange((changed) => {
    if (changed.has("input") || changed.has("weights")) known = new Map();
    if (["layer", "value", "input", "weights", "first", "order", "kernel"].some((name) => changed.has(name))) draw();
    else if (changed.has("field")) drawMaps();
  });
  return () => {
    leave();
    sized.disconnect();
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

/** The one map that a value stands in, or units around it; `mark` shows which value is touched, and what it sees. */
function viewOf(of, width) {
  const { layer, isMap, first, head, maps } = of;
  const channel = isMap ? first : 0;
  const where = (/** @type {number[]} */ place) => (isMap ? [...place, channel] : [place[0] + first]);
  const isOwn = () => touched()?.layer === layer;
  const isPicture = head.is_picture && head.shape[head.shape.length - 1] === 1;
  const planes = planesOf(maps, 0);
  const views = planes.map((plane) =>
    planeView(plane, {
      limit: head.limit,
      picture: isPicture ? head : undefined,
      width,
      least: 26,
      label: isMap ? `Map ${channel} of ${layer}` : layer,
      onpick: (cell) => (isOwn() ? touch : follow)({ layer, at: where(plane.place(cell[0], cell[1])) }),
    }),
  );
  const mark = () => {
    const value = touched();
    const box = isOwn() ? null : fieldOn(layer);
    views.forEach((view, index) => {
      for (const each of view.querySelectorAll(".seen, .cursor")) each.remove();
      const isSeen = box?.length && (box.length < 3 || (box[0][0] <= index && index <= box[0][1]));
      const cell = isOwn() && value ? planes[index].cell(isMap ? value.at : [value.at[0] - first]) : null;
      if (isSeen) view.append(frameOn(box, head.shape));
      if (cell && cell[0] >= 0)
        view.append(
          frameOn(
            cell.map((place) => [place, place]),
            planes[index].values.shape,
            "cursor",
          ),
        );
      view.hidden = !(isSeen || cell || head.shape.length < 4);
    });
  };
  const count = head.shape[head.shape.length - 1];
  const part = count > UNITS ? `, units ${first} to ${Math.min(count, first + UNITS) - 1}` : "";
  const name = isMap ? `${layer}, ${count > 1 ? `map ${channel}` : "its map"}` : layer + part;
  return { of, width, mark, figure: make("figure.sheet", {}, make("figcaption", {}, name), ...views) };
}

/** The trail of crumbs, and where the value is. */
function drawWay(root, value, className) {
  const crumbs = way().map((each, index) => make("button", { onclick: () => back(way().length - index) }, named(each)));
  become(root, [
    ...crumbs.flatMap((crumb) => [crumb, " › "]),
    make("b", {}, named(value)),
    className ? `, for ${className}` : "",
    make("span.hint", {}, " arrow keys slide, Page Up and Down change the channel, Backspace goes back"),
  ]);
}
