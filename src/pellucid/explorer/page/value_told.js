// What the server says of a value, written out: how it is moved, its sum, the grids and terms, the steps before.

import { make, short } from "/page/dom.js";
import { follow, moved, named, slide, touch, touched } from "/page/touch.js";
import { moreOf } from "/page/value_more.js";
import { gridsOf, termsOf } from "/page/value_parts.js";

/**
 * @param {any} head what the server says
 * @param {any} arrays the grids
 * @param {number[]} shape of the maps that the value stands in
 * @returns {(HTMLElement|string)[]}
 */
export function toldOf(head, arrays, shape) {
  if (head.said)
    return [buttons(shape, head.at), make("p.total", {}, cell("value", head.number)), make("p", {}, head.said)];
  const isSum = head.combination !== "expression";
  return [
    buttons(shape, head.at),
    isSum ? sumOf(head) : make("p.total", {}, cell("value", head.value)),
    make("p.formula", {}, head.formula),
    ...(head.grids ? [gridsOf(head, arrays)] : []),
    ...(head.terms ? [termsOf(head.terms, head.combination)] : []),
    ...head.steps.map((/** @type {any} */ step) => stepOf(step)),
    ...head.left_out.map((/** @type {string} */ line) => make("p", {}, line)),
    ...(head.softmax ? [softmaxOf(head)] : []),
    make("p.engine", {}, head.engine),
    ...moreOf(head),
  ];
}

/** For fingers: what the keys do. */
function buttons(shape, at) {
  const pressed = (/** @type {string} */ key) => () => {
    const value = touched();
    const next = value && moved(key, value.at, shape);
    if (next) slide(next);
  };
  const one = (/** @type {string} */ text, /** @type {string} */ label, /** @type {string} */ key) => {
    const to = moved(key, at, shape);
    return make(
      "button",
      { "aria-label": label, title: label, disabled: !to || to.join() === at.join(), onclick: pressed(key) },
      text,
    );
  };
  const spatial = at.length > 1;
  return make(
    "p.tools",
    {},
    ...(spatial
      ? [
          ...(at.length > 3 ? [one("⊖", "Plane before", "["), one("⊕", "Next plane", "]")] : []),
          one("◀", "One to the left", "ArrowLeft"),
          ...(at.length > 2 ? [one("▲", "One up", "ArrowUp"), one("▼", "One down", "ArrowDown")] : []),
          one("▶", "One to the right", "ArrowRight"),
        ]
      : []),
    one("−", spatial ? "Channel before" : "Unit before", "PageUp"),
    one("+", spatial ? "Next channel" : "Next unit", "PageDown"),
  );
}

/** sum + bias = total, activation, value. */
function sumOf({ combination, sum, bias, total, activation, value }) {
  const name = { "sum of products": "sum of all products", sum: "sum", mean: "mean", maximum: "the largest" }[
    combination
  ];
  const added = bias === null ? [] : [" + ", cell("bias", bias), " = ", cell("total", total)];
  return make(
    "p.total",
    {},
    cell(name, sum),
    ...added,
    ...(activation === "linear" ? [] : [` → ${activation} → `, cell("value", value)]),
  );
}

const cell = (name, value) =>
  make("span.labelled", { "data-of": name }, make("small", {}, name), make("b", {}, short(value)));

function stepOf(step) {
  const operands = step.operands.map(({ name, value, to }) =>
    to
      ? make("button", { onclick: () => follow(to), title: `Go to ${named(to)}` }, `${name} = ${short(value)}`)
      : make("span.labelled", {}, `${name} = ${short(value)}`),
  );
  const inside = step.terms ? termsOf(step.terms, step.combination) : make("p.operands", {}, ...operands);
  return make(
    "details",
    { open: step.name === "y" || !step.terms },
    make("summary", {}, `${step.name} = ${step.formula} = ${short(step.result)}`),
    inside,
  );
}

/** The terms of the sum that a softmax divides by. */
function softmaxOf({ softmax, value }) {
  const rows = softmax.listed.map(({ unit, name, total, term, to }) =>
    make(
      "tr",
      {},
      make("td", {}, make("button", { onclick: () => touch(to) }, String(name))),
      make("td", {}, `exp(${short(total)} − ${short(softmax.largest)})`),
      make("td", {}, short(term)),
    ),
  );
  const rest = softmax.others
    ? [
        make(
          "tr",
          {},
          make("td", {}, `${softmax.others} further`),
          make("td", {}, ""),
          make("td", {}, short(softmax.rest)),
        ),
      ]
    : [];
  return make(
    "div",
    {},
    make(
      "p",
      {},
      `softmax: ${short(softmax.term)} / ${short(softmax.sum)} = ${short(value)}; the terms of the sum, the largest first:`,
    ),
    make("table", {}, ...rows, ...rest),
  );
}
