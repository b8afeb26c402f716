// The network, layers from left to right: each a box with its name, its maps as thumbnails, its shape and its weights;
// models inside as frames that close to one box.

import { get } from "/page/api.js";
import { grouped, make, makeSvg, times } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { choice, choose, onChange } from "/page/store.js";
import { thumbnails } from "/page/thumbnails.js";
import { enter } from "/page/touch.js";
import { zooming } from "/page/zooming.js";

const COLUMN = 172; // pixels from one column of boxes to the next
const ROW = 238;
const WIDTH = 132;
const TOP = 32; // of a box in its row: lanes of arrows pass above
const MIDDLE = TOP + 84; // where arrows end
const LANE = 5;

/** What the server says of the network. */
export const sceneOf = () => get("network");

/**
 * @param {HTMLElement} root
 * @param {any} told what the server says of network and samples
 */
export async function showNetwork(root, told) {
  const plane = make("div.plane");
  const view = zooming(root, plane);
  let shown = /** @type {any} */ (null);
  let isFirst = true;
  const draw = newest(async (isNewest) => {
    const names = closedOnes();
    const { scene } = names.length
      ? await get(`network?${new URLSearchParams({ closed: JSON.stringify(names) })}`)
      : told;
    if (!isNewest()) return;
    const focused = document.activeElement?.closest?.("[data-id], [data-group]")?.getAttribute("data-id");
    shown?.pictures.leave();
    view.size(scene.columns * COLUMN, scene.rows * ROW);
    if (isFirst) view.begin(); // while the plane is empty, so that the boxes are laid out once
    shown = drawScene(plane, scene);
    shown.pictures = thumbnails(root, scene, shown.boxes, told.samples.unit_names);
    mark(shown, told.scene, isFirst);
    isFirst = false;
    if (focused) shown.boxes.get(focused)?.focus();
    await shown.pictures.drawn;
  });
  root.replaceChildren(view.tools, plane);
  root.addEventListener("keydown", (event) => shown && walk(event, shown));
  onChange((changed) => {
    if (changed.has("closed")) draw();
    else if (changed.has("layer") && shown) mark(shown, told.scene, true);
  });
  await draw();
}

/** The models inside that are closed. @returns {string[]} */
function closedOnes() {
  try {
    const found = JSON.parse(choice("closed") || "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

const setClosed = (/** @type {string} */ id, /** @type {boolean} */ isClosed) => {
  const names = closedOnes().filter((each) => each !== id);
  if (isClosed) names.push(id);
  choose({ closed: names.length ? JSON.stringify(names) : "" });
};

function drawScene(plane, scene) {
  const groups = new Map(scene.groups.map((group) => [group.id, group]));
  const boxes = new Map(scene.nodes.map((node) => [node.id, boxOf(node, groups.get(node.id))]));
  const frames = scene.groups
    .filter((group) => !group.is_closed)
    .map((group) => frameOf(group, depthOf(group, groups)));
  plane.replaceChildren(...frames, arrowsOf(scene), ...boxes.values());
  return { scene, boxes, groups };
}

/** In how many models a model stands. */
function depthOf(group, groups) {
  let depth = 0;
  for (let around = group.group; around; around = groups.get(around)?.group) depth++;
  return depth;
}

function frameOf(group, depth) {
  const inset = 5 + 5 * depth;
  const title = make(
    "button.title",
    {
      "data-group": group.id,
      "aria-expanded": "true",
      title: "Close to one box",
      onclick: () => setClosed(group.id, true),
    },
    make("span", { "aria-hidden": "true" }, "− "),
    `${group.id} `,
    make("small", {}, group.kind),
  );
  const frame = make("div.frame", { role: "group", "aria-label": group.id }, title);
  Object.assign(frame.style, {
    left: `${group.column * COLUMN + inset}px`,
    top: `${group.row * ROW + 4}px`,
    width: `${group.columns * COLUMN - 2 * inset}px`,
    height: `${group.rows * ROW - 8}px`,
  });
  return frame;
}

function boxOf(node, group) {
  const count = node.count ? `${grouped(node.count)} weights` : "";
  const box = make(
    "button.box",
    {
      title: node.derivation.join("\n"),
      "data-id": node.id,
      tabindex: "-1",
      onclick: () =>
        enter(group ? group.end : node.id, ["", "input", "value"].includes(choice("panel")) ? { panel: "layer" } : {}),
    },
    make("b", {}, withinGroup(node)),
    make("span.kind", {}, node.kind),
    make("span.maps"),
    make("span.shape", {}, times(node.shape)),
    make("span.count", {}, count),
  );
  const place = box.style;
  place.left = `${node.column * COLUMN + (COLUMN - WIDTH) / 2}px`;
  place.top = `${node.row * ROW + TOP}px`;
  place.width = `${WIDTH}px`;
  if (!group) return box;
  box.classList.add("closed");
  const open = make(
    "button.title.open",
    {
      "data-group": group.id,
      "aria-expanded": "false",
      title: "Open: show its layers",
      "aria-label": `Open ${group.id}`,
      onclick: () => setClosed(group.id, false),
    },
    "+ open",
  );
  const whole = make("div.model", {}, box, open);
  Object.assign(whole.style, { left: place.left, top: place.top, width: place.width });
  return Object.assign(whole, { focus: () => box.focus() });
}

/** The name of a box: in the frame of a model without the way there. */
function withinGroup({ id, group }) {
  const way = `${group.split("#")[0]}/`;
  return group && id.startsWith(way) ? id.slice(way.length) : id;
}

/** The button of a box, which may stand in the frame of a closed model. */
const buttonOf = (/** @type {HTMLElement} */ box) => (box.matches(".box") ? box : box.querySelector(".box"));

function arrowsOf(scene) {
  const byId = new Map(scene.nodes.map((node) => [node.id, node]));
  const [width, height] = [scene.columns * COLUMN, scene.rows * ROW];
  const svg = makeSvg("svg", { class: "arrows", width, height, "aria-hidden": "true" });
  for (const { source, target, lane } of scene.arrows) {
    const [from, to] = [byId.get(source), byId.get(target)];
    const [x1, y1] = [from.column * COLUMN + (COLUMN + WIDTH) / 2, from.row * ROW + MIDDLE];
    const [x2, y2] = [to.column * COLUMN + (COLUMN - WIDTH) / 2, to.row * ROW + MIDDLE];
    const above = Math.min(from.row, to.row) * ROW + 5 + LANE * lane;
    const bend = Math.min(40, (x2 - x1) / 2);
    const [up, down] = [
      `C${x1 + 22} ${y1} ${x1 - 2} ${above} ${x1 + 22} ${above}`,
      `C${x2 + 2} ${above} ${x2 - 22} ${y2} ${x2} ${y2}`,
    ];
    const line =
      lane === null
        ? `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
        : `M${x1} ${y1}${up}H${x2 - 22}${down}`;
    svg.append(makeSvg("path", { d: `${line}m-5-4l5 4l-5 4` }));
  }
  return svg;
}

/** Show which box is chosen; of a layer within a closed model that model's. */
function mark({ scene, boxes, groups }, open, isMoving = false) {
  const node = open.nodes.find((each) => each.id === choice("layer"));
  let id = node?.id ?? "";
  for (
    let around = node?.group;
    around && !boxes.has(id);
    around = open.groups.find((each) => each.id === around)?.group
  )
    id = around;
  const chosen = boxes.has(id) ? id : scene.nodes[0].id;
  for (const [name, box] of boxes) {
    const button = buttonOf(box);
    button.setAttribute("aria-current", String(name === id));
    button.tabIndex = name === chosen ? 0 : -1;
  }
  if (isMoving && boxes.has(id)) boxes.get(id).scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Arrow keys go from box to box, along the arrows to left and right; Home and End to the first and the last. */
function walk(event, { scene, boxes }) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const at = scene.nodes.find((node) => node.id === event.target.closest?.("[data-id]")?.dataset.id);
  if (!at) return;
  const beside = (/** @type {any[]} */ nodes) =>
    nodes.reduce(
      (best, node) => (!best || Math.abs(node.row - at.row) < Math.abs(best.row - at.row) ? node : best),
      null,
    );
  const to = {
    ArrowRight: () => beside(scene.nodes.filter((node) => node.inputs.includes(at.id))),
    ArrowLeft: () => beside(scene.nodes.filter((node) => at.inputs.includes(node.id))),
    ArrowDown: () => beside(scene.nodes.filter((node) => node.column === at.column && node.row > at.row)),
    ArrowUp: () => beside(scene.nodes.filter((node) => node.column === at.column && node.row < at.row)),
    Home: () => scene.nodes[0],
    End: () => scene.nodes[scene.nodes.length - 1],
  }[event.key]?.();
  if (!to) return;
  event.preventDefault();
  const button = buttonOf(boxes.get(to.id));
  button.focus({ preventScroll: true });
  button.scrollIntoView({ block: "nearest", inline: "nearest" });
}
