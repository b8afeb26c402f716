// The panel of a layer: one map enlarged with its numbers, all of them beside it, and how size and weights come about.

import { getArrays, inPath } from "/page/api.js";
import { make, short, times } from "/page/dom.js";
import { fieldOn, frameOn } from "/page/fields.js";
import { planeView, planesOf } from "/page/map_view.js";
import { newest } from "/page/newest.js";
import { choice, choose, onChange } from "/page/store.js";
import { moved, touch, touched } from "/page/touch.js";

export const title = "Layer";
const MOST = 64; // maps on a page
const NUMBERS = 1 << 20; // that are asked for at once

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene }) {
  const parts = { head: make("div"), tools: make("p.tools"), large: make("div.large-map"), said: make("p.said", { "aria-live": "polite" }), all: make("div.mosaic") };
  root.replaceChildren(parts.head, parts.tools, make("div.beside", {}, make("div", {}, parts.large, parts.said), parts.all));
  let cursor = /** @type {number[]|null} */ (null);
  let shown = /** @type {any} */ (null);
  const redraw = () => shown && drawAll(parts, shown, cursor);
  const draw = newest(async (isNewest) => {
    const node = scene.nodes.find((/** @type {any} */ each) => each.id === choice("layer")) ?? { id: choice("layer") || "input", derivation: [], kind: "" };
    const page = Number(choice("page")) || 0;
    const count = Math.max(1, Math.min(MOST, Math.floor(NUMBERS / node.shape?.slice(0, -1).reduce((/** @type {number} */ a, /** @type {number|null} */ b) => a * (b ?? 64), 1)) || MOST));
    const { head, arrays } = await getArrays(`maps/${inPath(node.id)}?first=${page * count}&count=${count}`);
    if (!isNewest()) return;
    const at = touched();
    if (!shown || shown.node.id !== node.id) cursor = at && at.layer === node.id ? at.at : null;
    shown = { node, head, maps: arrays.maps, page, count };
    redraw();
  });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (!shown || !(event.target instanceof Element) || !event.target.closest(".large-map")) return;
    const { shape } = shown.head;
    const at = cursor ?? [...shape.slice(0, -1).map(() => 0), mapOf(shown)];
    const next = moved(event.key, at, shape);
    if (next) {
      cursor = cursor ? next : at;
      choose({ map: shape.length > 1 ? cursor[cursor.length - 1] : 0 });
      redraw();
      parts.large.focus();
    } else if (event.key === "Enter" && cursor) touch({ layer: shown.node.id, at: cursor });
    else return;
    event.preventDefault();
  };
  root.addEventListener("keydown", keys);
  draw();
  const leave = onChange((changed) => {
    if (["layer", "input", "weights", "page"].some((name) => changed.has(name))) draw();
    else if (["map", "scale", "field", "value"].some((name) => changed.has(name))) redraw();
  });
  return () => {
    leave();
    root.removeEventListener("keydown", keys);
  };
}

/** Which map is enlarged. */
const mapOf = ({ head, maps }) =>
  Math.max(head.first, Math.min(head.first + maps.shape[maps.shape.length - 1] - 1, Number(choice("map")) || 0));

function drawAll(parts, shown, cursor) {
  const { node, head, maps } = shown;
  parts.head.replaceChildren(
    make("h2", {}, `${node.id} `, make("small", {}, `${node.kind}, ${times(head.shape)}, from ${short(head.least)} to ${short(head.most)}`)),
    make("ul.facts", {}, ...node.derivation.map((/** @type {string} */ line) => make("li", {}, line))),
  );
  drawTools(parts.tools, shown);
  const room = parts.large.parentElement.parentElement.clientWidth;
  const width = head.shape.length === 2 ? room - 10 : Math.min(460, Math.max(240, room * 0.9));
  const number = mapOf(shown);
  parts.large.replaceChildren(...viewsOf(shown, number, width, true, cursor, (text) => (parts.said.textContent = text)));
  parts.large.tabIndex = 0;
  parts.large.setAttribute("role", "group");
  parts.large.setAttribute("aria-label", `${head.shape.length > 1 ? `Map ${number}` : "Units"}: arrow keys move, Enter shows how the number comes about`);
  parts.said.textContent = cursor ? `[${cursor.join(", ")}]` : "Click a cell to see how its number comes about.";
  const channels = maps.shape[maps.shape.length - 1];
  const one = head.is_picture || head.shape.length === 1 ? [] : Array.from({ length: channels }, (_, index) => head.first + index);
  parts.all.replaceChildren(...one.map((channel) => make(
    "figure", { "aria-current": String(channel === number) },
    ...viewsOf(shown, channel, 92, false, null, () => {}),
    make("button", { "aria-label": `Enlarge map ${channel}`, onclick: () => choose({ map: channel }) }, String(channel)),
  )));
}

/** A map as its planes, each of which can be picked from. */
function viewsOf({ node, head, maps }, number, width, hasText, cursor, say) {
  const channel = number - head.first;
  const limit = choice("scale") === "map" ? head.limits[channel] : head.limit;
  const picture = head.is_picture ? head : undefined;
  const behind = (/** @type {number[]} */ place) => (head.shape.length > 1 ? [...place, number] : [place[0] + head.first]);
  const box = fieldOn(node.id);
  const value = touched();
  return planesOf(maps, channel).map((plane, index) => {
    const view = planeView(plane, {
      limit, picture, width, hasText, least: hasText ? 34 : 22,
      label: head.shape.length > 1 ? `Map ${number}${head.shape.length === 4 ? `, plane ${index}` : ""}` : "Units",
      onpick: (cell) => touch({ layer: node.id, at: behind(plane.place(cell[0], cell[1])) }),
      onpoint: (cell, value) => say(cell ? `[${behind(plane.place(cell[0], cell[1])).join(", ")}]: ${short(value)}` : ""),
    });
    if (box?.length && (box.length < 3 || (box[0][0] <= index && index <= box[0][1]))) view.append(frameOn(box, head.shape));
    const marked = cursor ?? (value?.layer === node.id && (value.at[value.at.length - 1] === number || head.is_picture) ? value.at : null);
    const cell = marked && plane.cell(head.shape.length > 1 ? marked : [marked[0] - head.first]);
    if (cell && hasText) view.append(frameOn(cell.map((at) => [at, at]), plane.values.shape, "cursor"));
    return view;
  });
}

function drawTools(root, { head, page, count }) {
  const channels = head.shape[head.shape.length - 1];
  const pages = Math.ceil(channels / count);
  const turn = (/** @type {number} */ to) => make("button", { disabled: to < 0 || to >= pages, onclick: () => choose({ page: to || "", map: to * count }) }, to < page ? "Before" : "Next");
  const scale = make("select", { "aria-label": "What is darkest", onchange: () => choose({ scale: scale.value }) },
    make("option", { value: "" }, "colours: one scale for the layer"), make("option", { value: "map" }, "colours: each map its own"));
  scale.value = choice("scale");
  root.replaceChildren(...(head.is_picture ? [] : [scale]), ...(pages > 1 ? [turn(page - 1), ` ${head.first} to ${Math.min(channels, head.first + count) - 1} of ${channels} `, turn(page + 1)] : []));
}
