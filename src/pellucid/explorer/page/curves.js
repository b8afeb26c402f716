// Curves with axes and numbers: what the server says of ticks and ranges, drawn.

import { grouped, make, makeSvg, short } from "/page/dom.js";

const HEIGHT = 190;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 12, 10, 34];

/**
 * @typedef {{x: ArrayLike<number>, y: ArrayLike<number>, kind: string, name?: string}} Line
 * `kind` is a class of style.css: "own", "raw", "held", "other", "held other".
 * @param {HTMLElement} root is emptied
 * @param {{label: string, across: string, x: number[], y: number[], xTicks: number[], yTicks: number[], lines: Line[],
 *          marks?: Array<{x: number, name: string}>}} told x and y are the ends of the axes
 */
export function drawCurves(root, told) {
  const width = Math.max(260, Math.min(root.clientWidth || 560, 760));
  const x = scale(told.x, LEFT, width - RIGHT);
  const y = scale(told.y, HEIGHT - BOTTOM, TOP);
  const svg = makeSvg("svg", { class: "curves", width, height: HEIGHT, role: "img", "aria-label": told.label });
  for (const tick of told.yTicks) {
    svg.append(makeSvg("line", { class: "tick", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }));
    svg.append(text(LEFT - 6, y(tick) + 4, short(tick), "end"));
  }
  for (const tick of told.xTicks) svg.append(text(x(tick), HEIGHT - BOTTOM + 15, grouped(tick), "middle"));
  svg.append(text((LEFT + width - RIGHT) / 2, HEIGHT - 4, told.across, "middle"));
  svg.append(makeSvg("path", { class: "axes", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${width - RIGHT}` }));
  for (const line of told.lines) svg.append(makeSvg("path", { class: `line ${line.kind}${line.x.length === 1 ? " dot" : ""}`, d: pathOf(line, x, y, told.y) }));
  for (const [place, { x: step, name }] of (told.marks ?? []).entries()) {
    svg.append(makeSvg("line", { class: "moment", x1: x(step), x2: x(step), y1: TOP, y2: HEIGHT - BOTTOM }));
    const side = x(step) > width / 2 ? "end" : "start";
    svg.append(text(x(step) + (side === "end" ? -4 : 4), TOP + 10 + 14 * place, name, side));
  }
  const named = told.lines.filter((line) => line.name && line.x.length);
  root.replaceChildren(
    make("h2", {}, told.label),
    svg,
    make("p.legend", {}, ...named.map((line) => make("span", {}, swatch(line.kind), line.name))),
  );
}

const scale = ([low, high], from, to) => (/** @type {number} */ value) =>
  Math.round(10 * (from + ((value - low) / (high - low || 1)) * (to - from))) / 10;

/** Straight from point to point, broken where there is no number; what lies beyond the axis runs along it. */
function pathOf(line, x, y, [low, high]) {
  let path = "";
  let pen = "M";
  for (let place = 0; place < line.x.length; place++) {
    const value = line.y[place];
    if (!Number.isFinite(value)) {
      pen = "M";
      continue;
    }
    const at = `${x(line.x[place])} ${y(Math.max(low, Math.min(high, value)))}`;
    path += line.x.length === 1 ? `M${at}h.1` : pen + at; // one point is a dot
    pen = "L";
  }
  return path;
}

const text = (x, y, words, anchor) => {
  const element = makeSvg("text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
};

const swatch = (kind) =>
  makeSvg("svg", { class: "curves swatch", width: 26, height: 10, "aria-hidden": "true" },
    makeSvg("path", { class: `line ${kind}`, d: "M1 5H25" }));

/**
 * What `training/curves` tells, as lines: the branch that is under way in front, the others faint behind it.
 * @param {any} head @param {Record<string, import("/page/wire.js").Values>} arrays @param {string} what "loss" or a metric
 */
export function linesOf(head, arrays, what) {
  const lines = [];
  const data = (name, number) => arrays[`${name} ${number}`]?.data ?? [];
  for (const own of [false, true]) {
    for (const { number, name } of head.branches) {
      if ((number === head.branch) !== own) continue;
      const other = own ? "" : " other";
      if (what === "loss") {
        if (own) lines.push({ x: data("steps", number), y: data("losses", number), kind: "raw" });
        lines.push({ x: data("steps", number), y: data("smooth", number), kind: `own${other}`, name: `${name}, training` });
      } else {
        lines.push({ x: data("step", number), y: data(what, number), kind: `own${other}`, name: `${name}, training` });
      }
      lines.push({ x: data("step", number), y: data(`val_${what}`, number), kind: `held${other}`, name: `${name}, held out` });
    }
  }
  return lines;
}
