// Maps of any number of axes on canvases: pictures, planes, strips, units as blocks; and which number is pointed at.

import { make, short } from "/page/dom.js";
import { colorOf, drawMap, drawPicture, inkOn, penOf, shadeOf } from "/page/paint.js";

/** @typedef {import("/page/wire.js").Values} Values */

const LEGIBLE = 34; // pixels of a cell that has room for its number

/**
 * One map as planes that can be drawn: each with the numbers (rows, columns, channels) and where in the map it lies.
 * @param {Values} maps (spatial..., channels)
 * @param {number} channel
 * @returns {{values: Values, channel: number, count: number, place: (row: number, column: number) => number[], cell: (at: number[]) => number[]|null}[]}
 */
export function planesOf(maps, channel) {
  const spatial = maps.shape.slice(0, -1);
  const channels = maps.shape[maps.shape.length - 1];
  if (!spatial.length) return [unitsOf(maps)];
  const [rows, columns] = spatial.length === 1 ? [1, spatial[0]] : spatial.slice(-2);
  const planes = spatial.length === 3 ? spatial[0] : 1;
  const size = rows * columns * channels;
  return Array.from({ length: planes }, (_, plane) => ({
    values: { shape: [rows, columns, channels], data: maps.data.subarray(plane * size, (plane + 1) * size) },
    channel,
    count: rows * columns,
    place: (row, column) => [...[plane, row, column].slice(3 - spatial.length)],
    cell: (at) =>
      spatial.length === 3 && at[0] !== plane
        ? null
        : spatial.length === 1
          ? [0, at[0]]
          : at.slice(spatial.length - 2, spatial.length),
  }));
}

/** Units as blocks in rows, as square as may be. */
function unitsOf(maps) {
  const count = maps.data.length;
  const columns = count <= 16 ? count : Math.ceil(Math.sqrt(2 * count));
  const rows = Math.ceil(count / columns);
  const data = new Float32Array(rows * columns);
  data.set(maps.data);
  return {
    values: { shape: [rows, columns, 1], data },
    channel: 0,
    count,
    place: (row, column) => [row * columns + column],
    cell: (at) => [Math.floor(at[0] / columns), at[0] % columns],
  };
}

/**
 * A plane as an element: numbers in colours, on request as text, frames laid on by whoever wants them.
 * @param {ReturnType<typeof planesOf>[0]} plane
 * @param {{limit: number, picture?: {black: number, white: number}, width: number, label: string, hasText?: boolean, least?: number, most?: number,
 *   onpick?: (cell: number[]) => void, onpoint?: (cell: number[]|null, value: number) => void}} settings
 * @returns {any} the element; its `redraw(plane, limit, picture)` draws other numbers of the same shape
 */
export function planeView(plane, settings) {
  const [rows, columns] = plane.values.shape;
  const canvas = make("canvas", { role: "img", "aria-label": settings.label });
  const view = make("span.map", {}, canvas);
  const side = Math.min(settings.width / columns, Math.max(settings.width / rows, 12));
  view.style.width = `${columns * side}px`;
  const height = Math.min(rows * side, settings.most ?? Infinity); // in a box there is no room for more
  view.style.height = `${Math.max(height, settings.least ?? 0)}px`; // a strip is high enough to be touched
  let now = plane;
  view.redraw = (/** @type {typeof plane} */ other, /** @type {number} */ limit, /** @type {any} */ picture) => {
    now = other;
    if (picture) drawPicture(canvas, now.values, picture.black, picture.white);
    else drawMap(canvas, now.values, now.channel, limit);
    if (now.count < rows * columns) penOf(canvas).clearRect(now.count % columns, rows - 1, columns, 1);
    for (const each of view.querySelectorAll(".text, .seen, .cursor")) each.remove();
    if (settings.hasText && side >= LEGIBLE) view.append(textOn(now, limit, side, picture));
  };
  view.redraw(plane, settings.limit, settings.picture);
  const pointed = (/** @type {MouseEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
    const column = Math.min(columns - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * columns)));
    return row * columns + column < now.count ? [row, column] : null;
  };
  const { onpick, onpoint } = settings;
  if (onpick) {
    view.classList.add("pickable");
    view.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const cell = pointed(event);
      if (cell) onpick(cell);
    });
  }
  if (onpoint) {
    view.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      const cell = pointed(event);
      onpoint(cell, cell ? numberAt(now, cell) : NaN);
    });
    view.addEventListener("pointerleave", () => onpoint(null, NaN));
  }
  return view;
}

/** The number in a cell. */
export const numberAt = ({ values, channel }, [row, column]) =>
  values.data[(row * values.shape[1] + column) * values.shape[2] + channel];

/** The numbers of a plane as text, black or white as its colours, or the greys of a picture, ask for. */
function textOn(plane, limit, side, picture) {
  const [rows, columns] = plane.values.shape;
  const ratio = window.devicePixelRatio || 1;
  const canvas = make("canvas.text", {
    "aria-hidden": "true",
    width: columns * side * ratio,
    height: rows * side * ratio,
  });
  const context = penOf(canvas);
  context.scale(ratio, ratio);
  context.font = `${Math.min(13, side / 3.6)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let cell = 0; cell < plane.count; cell++) {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const value = numberAt(plane, [row, column]);
    context.fillStyle = inkOn(picture ? shadeOf(plane.values, cell, picture.black, picture.white) : colorOf(value, limit));
    context.fillText(brief(value), (column + 0.5) * side, (row + 0.5) * side, side - 2);
  }
  return canvas;
}

/** A number in a small cell: three digits that count. @param {number} value */
export const brief = (value) => (Number.isFinite(value) ? short(Number(value.toPrecision(3))) : short(value));
