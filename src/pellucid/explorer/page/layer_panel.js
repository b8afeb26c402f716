// The panel of a layer: one map enlarged with its numbers, all of them beside it, and how size and weights come about.

import { getArrays, inPath, isRefused } from "/page/api.js";
import { become, keepingFocus, make, short, times } from "/page/dom.js";
import { fieldOn, frameOn } from "/page/fields.js";
import { planeView, planesOf } from "/page/map_view.js";
import { newest } from "/page/newest.js";
import { choice, choose, onChange } from "/page/store.js";
import { moved, touch, touched } from "/page/touch.js";

const HINT = "Press a box of the network to see the maps of its layer.";
const MOST = 64; // maps on a page
const UNITS = 256; // of a layer without maps
const NUMBERS = 1 << 20; // that are asked for at once

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene }) {
  const parts = {
    head: make("div"),
    tools: make("p.tools"),
    large: make("div.large-map"),
    said: make("p.said", { "aria-live": "polite" }),
    all: make("div.mosaic"),
  };
  const whole = [parts.head, parts.tools, make("div.beside", {}, make("div", {}, parts.large, parts.said), parts.all)];
  let cursor = /** @type {number[]|null} */ (null);
  let shown = /** @type {any} */ (null);
  let left = false;
  const redraw = () => {
    if (!shown) return;
    if (cursor && shown.head.shape.length > 1) cursor = [...cursor.slice(0, -1), mapOf(shown)]; // it stands on the map that is enlarged
    drawAll(parts, shown, cursor);
  };
  const draw = newest(async (isNewest) => {
    const id = choice("layer") || scene.nodes[0].id;
    const node = scene.nodes.find((/** @type {any} */ each) => each.id === id) ?? {
      id,
      derivation: [],
      kind: "",
    };
    const page = /^\d{1,6}$/.test(choice("page")) ? Number(choice("page")) : 0;
    const count = countOf(node.shape ?? []);
    const found = await getArrays(`maps/${inPath(node.id)}?first=${page * count}&count=${count}`).catch((error) => {
      if (page && isRefused(error)) return;
      if (isRefused(error) && isNewest() && shown?.node.id !== id) {
        shown = null;
        root.replaceChildren(make("p", {}, `${error.message}.`), make("p", {}, HINT));
      }
      throw error;
    });
    if (!isNewest() || left) return;
    if (!found) {
      choose({ page: "" }); // the address named one that is not there: the first is
      return;
    }
    const { head, arrays } = found;
    const at = touched();
    if (!shown || shown.node.id !== node.id) cursor = at && at.layer === node.id ? at.at : null;
    shown = { node, head, maps: arrays.maps, page, count };
    if (parts.head.parentElement !== root) root.replaceChildren(...whole);
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
    left = true;
    leave();
    root.removeEventListener("keydown", keys);
  };
}

/** How many maps, or units, are shown at once. @param {Array<number|null>} shape */
function countOf(shape) {
  if (shape.length === 1) return UNITS;
  const cells = shape.slice(0, -1).reduce((product, size) => product * (size ?? 64), 1);
  return Math.max(1, Math.min(MOST, Math.floor(NUMBERS / cells)));
}

/** Which map is enlarged: the one that is chosen, or the one in which the touched value is. */
function mapOf({ node, head, maps }) {
  const value = touched();
  const own = value?.layer === node.id && head.shape.length > 1 ? value.at[value.at.length - 1] : 0;
  const wanted = choice("map") === "" ? own : Number(choice("map")) || 0;
  return Math.max(head.first, Math.min(head.first + maps.shape[maps.shape.length - 1] - 1, wanted));
}

function drawAll(parts, shown, cursor) {
  const { node, head, maps } = shown;
  const number = mapOf(shown);
  const room = parts.large.parentElement.parentElement.clientWidth;
  const width = head.shape.length === 2 ? room - 10 : Math.min(460, Math.max(240, room * 0.9));
  parts.head.replaceChildren(
    make(
      "h2",
      {},
      `${node.id} `,
      make("small", {}, `${node.kind}, ${times(head.shape)}, from ${short(head.least)} to ${short(head.most)}`),
    ),
    make("ul.facts", {}, ...node.derivation.map((/** @type {string} */ line) => make("li", {}, line))),
  );
  parts.said.textContent = cursor ? `[${cursor.join(", ")}]` : "Click a cell to see how its number comes about.";
  const channels = maps.shape[maps.shape.length - 1];
  const key = `${node.id} ${head.first} ${head.shape} ${channels} ${Math.round(width)}`;
  if (parts.key !== key) {
    parts.key = key;
    parts.number = number;
    drawTools(parts.tools, shown);
    parts.large.replaceChildren(...viewsOf(parts, shown, () => parts.number, width, true));
    parts.large.tabIndex = 0;
    parts.large.setAttribute("role", "group");
    const one = head.is_picture || head.shape.length === 1 ? 0 : channels;
    parts.all.replaceChildren(
      ...Array.from({ length: one }, (_, index) =>
        make(
          "figure.sheet",
          {},
          ...viewsOf(parts, shown, () => head.first + index, 92, false),
          make(
            "button",
            { "aria-label": `Enlarge map ${head.first + index}`, onclick: () => choose({ map: head.first + index }) },
            String(head.first + index),
          ),
        ),
      ),
    );
  }
  parts.number = number;
  parts.large.setAttribute(
    "aria-label",
    `${head.shape.length > 1 ? `Map ${number}` : "Units"}: arrow keys move, Enter shows how the number comes about`,
  );
  redraw([...parts.large.children], shown, number, cursor);
  [...parts.all.children].forEach((figure, index) => {
    figure.setAttribute("aria-current", String(head.first + index === number));
    redraw([...figure.querySelectorAll(".map")], shown, head.first + index, null);
  });
}

/** A map as its planes, each of which can be picked from. */
function viewsOf(parts, { node, head, maps }, number, width, hasText) {
  const place = (/** @type {number[]} */ at) => (head.shape.length > 1 ? [...at, number()] : [at[0] + head.first]);
  return planesOf(maps, number() - head.first).map((plane, index) =>
    planeView(plane, {
      limit: head.limit,
      width,
      hasText,
      least: hasText ? 34 : 22,
      picture: head.is_picture ? head : undefined,
      label:
        head.shape.length > 1
          ? `${hasText ? "The map" : `Map ${number()}`}${head.shape.length === 4 ? `, plane ${index}` : ""}`
          : "Units",
      onpick: ([row, column]) => touch({ layer: node.id, at: place(plane.place(row, column)) }),
      onpoint: hasText
        ? (cell, value) =>
            (parts.said.textContent = cell
              ? `[${place(plane.place(cell[0], cell[1])).join(", ")}]: ${short(value)}`
              : "")
        : undefined,
    }),
  );
}

/** The numbers of the moment, what is seen of them, and where one is. */
function redraw(views, { node, head, maps }, number, cursor) {
  const channel = number - head.first;
  const limit = choice("scale") === "map" ? head.limits[channel] : head.limit;
  const box = fieldOn(node.id);
  const value = touched();
  const isHere = value?.layer === node.id && (head.shape.length === 1 || value.at[value.at.length - 1] === number);
  planesOf(maps, channel).forEach((plane, index) => {
    views[index].redraw(plane, limit, head.is_picture ? head : undefined);
    if (box?.length && (box.length < 3 || (box[0][0] <= index && index <= box[0][1])))
      views[index].append(frameOn(box, head.shape));
    const marked = cursor ?? (isHere ? value.at : null);
    const cell = marked && plane.cell(head.shape.length > 1 ? marked : [marked[0] - head.first]);
    if (cell)
      views[index].append(
        frameOn(
          cell.map((at) => [at, at]),
          plane.values.shape,
          "cursor",
        ),
      );
  });
}

function drawTools(root, { head, page, count }) {
  const channels = head.shape[head.shape.length - 1];
  const pages = Math.ceil(channels / count);
  const turn = (/** @type {number} */ to) =>
    make(
      "button",
      { disabled: to < 0 || to >= pages, onclick: () => choose({ page: to || "", map: to * count }) },
      to < page ? "Before" : "Next",
    );
  const scale = make(
    "select",
    { "aria-label": "What is darkest", onchange: () => choose({ scale: scale.value }) },
    make("option", { value: "" }, "colours: one scale for the layer"),
    make("option", { value: "map" }, "colours: each map its own"),
  );
  const tools = [
    ...(head.is_picture ? [] : [scale]),
    ...(pages > 1
      ? [
          turn(page - 1),
          ` ${head.first} to ${Math.min(channels, head.first + count) - 1} of ${channels} `,
          turn(page + 1),
        ]
      : []),
  ];
  keepingFocus(root, () => become(root, tools));
  const shown = root.querySelector("select");
  if (shown) shown.value = choice("scale");
}
