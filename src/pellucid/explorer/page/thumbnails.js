// The maps in the boxes, small: those of boxes that are in sight are asked for, and drawn anew when they have changed.

import { getArrays } from "/page/api.js";
import { make, short, times } from "/page/dom.js";
import { fieldOn, frameOn } from "/page/fields.js";
import { planeView, planesOf } from "/page/map_view.js";
import { newest } from "/page/newest.js";
import { onChange } from "/page/store.js";

const ABREAST = 3; // maps side by side
const WIDTH = 112; // pixels of all together, and as many high
const GAP = 2; // pixels between them
const MOST = 64; // boxes at once
const FEW = 16; // boxes that are asked for before it is known where they stand
const BARS = 12; // units that are drawn as bars with their names, in the last layer

/**
 * @param {HTMLElement} root that scrolls
 * @param {any} scene
 * @param {Map<string, HTMLElement>} boxes
 * @param {string[]} names of the classes
 * @returns {{drawn: Promise<void>, leave: () => void}}
 */
export function thumbnails(root, scene, boxes, names) {
  const visible = new Set();
  const old = new Set(boxes.keys());
  const last = scene.nodes[scene.nodes.length - 1].id;
  const draw = newest(async (isNewest) => {
    const wanted = [...visible].filter((id) => old.has(id)).slice(0, MOST);
    if (!wanted.length) return;
    for (const id of wanted) old.delete(id);
    const { head, arrays } = await getArrays(`thumbnails?${new URLSearchParams({ layers: JSON.stringify(wanted) })}`);
    for (const id of wanted.filter((each) => head.layers[each]))
      drawBox(boxes.get(id), id, head.layers[id], arrays[id], id === last ? names : null);
    if (isNewest() && [...visible].some((id) => old.has(id))) draw();
  });
  for (const id of boxes.size > FEW ? inSight(root, boxes) : boxes.keys()) visible.add(id);
  const drawn = draw();
  const ids = new Map([...boxes].map(([id, box]) => [box, id]));
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.add(ids.get(target));
        else visible.delete(ids.get(target));
      }
      draw();
    },
    { root, rootMargin: "200px" },
  );
  for (const box of boxes.values()) watcher.observe(box);
  const forget = onChange((changed) => {
    if (changed.has("input") || changed.has("weights")) {
      for (const id of boxes.keys()) old.add(id);
      draw();
    }
    if (changed.has("field")) boxes.forEach(frame);
  });
  return {
    drawn,
    leave: () => {
      watcher.disconnect();
      forget();
    },
  };
}

/** In a frame that is not shown yet no observer tells anything: what is in sight to begin with is looked up. */
function inSight(root, boxes) {
  const sight = root.getBoundingClientRect();
  return [...boxes].filter(([, box]) => {
    const place = box.getBoundingClientRect();
    return place.left < sight.right && place.right > sight.left && place.top < sight.bottom && place.bottom > sight.top;
  }).map(([id]) => id);
}

function drawBox(box, id, told, values, names) {
  const place = box.querySelector(".maps");
  const isRow = told.shape.length === 1;
  if (isRow && names && told.shape[0] <= BARS) drawBars(place, values.data, told.limit, names);
  else if (isRow) drawUnits(place, values, told);
  else {
    const count = told.is_picture ? 1 : Math.min(values.shape[2], ABREAST * ABREAST);
    const isStrip = told.shape.length === 2;
    const width = count === 1 || isStrip ? WIDTH : 36;
    const most = isStrip ? (WIDTH - GAP * (count - 1)) / count : width;
    const picture = told.is_picture ? told : undefined;
    const planes = Array.from({ length: count }, (_, channel) => planesOf(values, channel)[0]);
    const key = `${values.shape} ${told.is_picture}`;
    if (place.dataset.key === key)
      planes.forEach((plane, index) => place.children[index].redraw(plane, told.limit, picture));
    else
      place.replaceChildren(
        ...planes.map((plane, channel) =>
          planeView(plane, { limit: told.limit, picture, width, most, label: `map ${channel}` }),
        ),
      );
    place.dataset.key = key;
    place.className = count === 1 ? "maps one" : isStrip ? "maps strips" : "maps";
  }
  Object.assign(box, { shape: told.shape });
  box.querySelector(".shape").textContent = times(told.shape) + (told.shape.length === 4 ? ", a plane of each" : "");
  frame(box, id);
}

/** What the touched value sees, on each of the maps. */
function frame(box, id) {
  for (const each of box.querySelectorAll(".seen")) each.remove();
  const field = fieldOn(id);
  if (field?.length && box.shape?.length > 1)
    box.querySelectorAll(".maps .map").forEach((map) => map.append(frameOn(field, box.shape)));
}

/** Units as blocks, their numbers under the pointer. */
function drawUnits(place, values, told) {
  const [plane] = planesOf({ shape: [values.data.length], data: values.data }, 0);
  if (place.firstChild) return place.firstChild.redraw(plane, told.limit);
  const view = planeView(plane, {
    limit: told.limit,
    width: WIDTH,
    most: WIDTH,
    label: "units",
    onpoint: (cell, value) => (view.title = cell ? `unit ${plane.place(cell[0], cell[1])[0]}: ${short(value)}` : ""),
  });
  place.append(view);
}

/** What the network says, as bars with the names of classes. */
function drawBars(place, data, limit, names) {
  place.className = "maps bars";
  place.replaceChildren(
    ...Array.from(data, (value, unit) => {
      const bar = make("i");
      bar.style.width = `${limit && Number.isFinite(value) ? Math.min(100, (100 * Math.abs(value)) / limit) : 0}%`;
      if (value < 0) bar.classList.add("negative");
      const name = names[unit] ?? String(unit);
      return make("span", { title: `${name}: ${short(value)}` }, make("span", {}, name), make("span", {}, bar));
    }),
  );
}
