// The network, layers from left to right: each a box with its name, its maps as thumbnails, its shape and its weights.

import { get, getArrays } from "/page/api.js";
import { grouped, make, makeSvg, times } from "/page/dom.js";
import { drawMap, drawPicture } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { choice, choose, onChange } from "/page/store.js";

const COLUMN = 172; // pixels from one column of boxes to the next
const ROW = 226;
const WIDTH = 132;
const ABREAST = 3; // thumbnails side by side

/** @param {HTMLElement} root @param {any} scene */
export function showNetwork(root, scene) {
  const plane = make("div.plane", { role: "list" });
  const boxes = new Map(scene.nodes.map((node) => [node.id, boxOf(node)]));
  const columns = Math.max(...scene.nodes.map((node) => node.column)) + 1;
  const rows = Math.max(...scene.nodes.map((node) => node.row)) + 1;
  plane.style.width = `${columns * COLUMN}px`;
  plane.style.height = `${rows * ROW}px`;
  plane.append(arrowsOf(scene, columns, rows), ...boxes.values());
  root.replaceChildren(plane);
  zooming(root, plane);
  const mark = () => boxes.forEach((box, id) => box.setAttribute("aria-current", String(choice("layer") === id)));
  const draw = () => trying(() => drawThumbnails(scene, boxes));
  onChange((changed) => {
    if (changed.has("layer")) mark();
    if (changed.has("input") || changed.has("weights")) draw();
  });
  mark();
  return draw();
}

function boxOf(node) {
  const count = node.count ? `${grouped(node.count)} weights` : "";
  const box = make(
    "button.box",
    {
      title: node.derivation.join("\n"),
      "data-id": node.id,
      onclick: () => choose({ layer: node.id, value: "", filter: "", page: "", map: "", ...(choice("panel") === "value" ? { panel: "layer" } : {}) }),
    },
    make("b", {}, node.id),
    make("span.kind", {}, node.kind),
    make("span.maps"),
    make("span.shape", {}, times(node.shape)),
    make("span.count", {}, count),
  );
  box.style.left = `${node.column * COLUMN + (COLUMN - WIDTH) / 2}px`;
  box.style.top = `${node.row * ROW + 10}px`;
  box.style.width = `${WIDTH}px`;
  return box;
}

function arrowsOf(scene, columns, rows) {
  const byId = new Map(scene.nodes.map((node) => [node.id, node]));
  const svg = makeSvg("svg", { class: "arrows", width: columns * COLUMN, height: rows * ROW, "aria-hidden": "true" });
  for (const node of scene.nodes) {
    for (const id of node.inputs) {
      const from = byId.get(id);
      const [x1, y1] = [from.column * COLUMN + (COLUMN + WIDTH) / 2, from.row * ROW + ROW / 2 - 20];
      const [x2, y2] = [node.column * COLUMN + (COLUMN - WIDTH) / 2, node.row * ROW + ROW / 2 - 20];
      const bend = Math.min(40, (x2 - x1) / 2);
      svg.append(makeSvg("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }));
    }
  }
  return svg;
}

async function drawThumbnails(scene, boxes) {
  const { head, arrays } = await getArrays("thumbnails");
  for (const node of scene.nodes) {
    const told = head.layers[node.id];
    if (!told) continue;
    const box = boxes.get(node.id);
    const place = box.querySelector(".maps");
    const values = arrays[node.id];
    const count = told.is_picture ? 1 : Math.min(values.shape[2], ABREAST * ABREAST);
    while (place.children.length > count) place.lastChild.remove();
    while (place.children.length < count) place.append(make("canvas"));
    place.className = count === 1 ? "maps one" : values.shape[2] === 1 ? "maps units" : "maps";
    for (let channel = 0; channel < count; channel++) {
      const canvas = place.children[channel];
      if (told.is_picture) drawPicture(canvas, values, told.black, told.white);
      else drawMap(canvas, values, channel, told.limit);
    }
    box.querySelector(".shape").textContent = times(told.shape);
  }
}

/** Zoom with the wheel and Ctrl, or by + and -; the section itself scrolls. */
function zooming(root, plane) {
  let zoom = 1;
  const to = (wanted) => {
    zoom = Math.max(0.2, Math.min(3, wanted));
    plane.style.zoom = String(zoom);
  };
  root.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    to(zoom * Math.exp(-event.deltaY / 300));
  }, { passive: false });
  root.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "-") to(zoom * (event.key === "+" ? 1.25 : 0.8));
    if (event.key === "0") to(1);
  });
}

/** What the server says of the network. */
export const sceneOf = () => get("network");
