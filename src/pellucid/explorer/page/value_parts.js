// Grids of cells and lists of terms: the numbers that a value is made of, in their colours.

import { make, short } from "/page/dom.js";
import { brief } from "/page/map_view.js";
import { colorOf, inkOn } from "/page/paint.js";
import { choice, choose } from "/page/store.js";
import { follow, named } from "/page/touch.js";

const WIDEST = 260; // pixels of a grid
const PARTS = [
  ["inputs", "×"],
  ["weights", "="],
  ["products", ""],
];

/** Patch, kernel and products, channel by channel, with the partial sums. */
export function gridsOf(head, arrays) {
  const { grids } = head;
  const names = { inputs: "read", weights: head.factors, products: "products" };
  const size = arrays.inputs.data.length / grids.channels.length;
  const to = new Map(
    grids.cells.map((/** @type {number} */ cell, /** @type {number} */ index) => [cell, grids.to[index]]),
  );
  const padding = new Set(grids.padding);
  const rows = grids.channels.map((/** @type {any} */ channel, /** @type {number} */ index) =>
    make(
      "div.channel",
      {},
      make("p", {}, make("b", {}, `channel ${channel.channel}`)),
      make(
        "div.trio",
        {},
        ...PARTS.flatMap(([part, sign]) => [
          gridOf(part, arrays[part], index, size, {
            limit: grids.limits[part],
            to,
            padding,
            name: names[part],
            winner: head.combination === "maximum" ? arrays.weights : null,
          }),
          sign ? make("span.sign", { "aria-hidden": "true" }, sign) : "",
        ]),
      ),
      head.combination === "maximum"
        ? ""
        : make("p", {}, `adds ${short(channel.sum)}`, grids.of > 1 ? `; so far ${short(channel.until)}` : ""),
    ),
  );
  return make(
    "div.grids",
    {},
    toolsOf(head),
    head.turned ? make("p", {}, head.turned) : "",
    padding.size ? make("p", {}, "Hatched cells are padding: they lie outside, and count as 0.") : "",
    ...rows,
  );
}

function toolsOf({ grids }) {
  const count = grids.channels.length;
  const tools = [];
  if (grids.can_turn) {
    const isTurned = choice("kernel") === "turned";
    tools.push(
      make(
        "button",
        { "aria-pressed": String(isTurned), onclick: () => choose({ kernel: isTurned ? "" : "turned" }) },
        "as a true convolution",
      ),
    );
  }
  if (grids.of > 1) {
    const bySize = choice("order") === "size";
    tools.push(
      make(
        "button",
        { "aria-pressed": String(bySize), onclick: () => choose({ order: bySize ? "" : "size", first: "" }) },
        "largest channels first",
      ),
    );
  }
  if (grids.of > count) {
    const step = (/** @type {number} */ first, /** @type {string} */ text) =>
      make("button", { disabled: first < 0 || first >= grids.of, onclick: () => choose({ first: first || "" }) }, text);
    tools.push(
      step(grids.first - Math.max(count, 1), "before"),
      make("span", {}, ` ${grids.first + 1} to ${grids.first + count} of ${grids.of} channels `),
      step(grids.first + count, "next"),
    );
  }
  return make("p.tools", {}, ...tools);
}

function gridOf(part, { shape, data }, index, size, { limit, to, padding, name, winner }) {
  const [, planes, rows, columns] = shape;
  const side = Math.max(12, Math.min(48, Math.floor(WIDEST / columns)));
  const cells = [];
  for (let place = index * size; place < (index + 1) * size; place++) {
    const value = data[place];
    const goal = to.get(place);
    const isPadding = padding.has(place) && part !== "weights";
    const marks = `${isPadding ? ".padding" : ""}${winner?.data[place] === 1 ? ".winner" : ""}`;
    if (!to.has(place)) cells.push(make("span.cell.none"));
    else {
      const color = colorOf(value, limit);
      const text = side >= 32 ? brief(value) : "";
      const what = part === "inputs" && goal ? named(goal) : name;
      const label = `${what}: ${short(value)}${isPadding ? ", padding" : ""}`;
      const cell =
        part === "inputs" && goal
          ? make(
              `button.cell${marks}`,
              { title: label, "aria-label": text ? `${text}, ${label}` : label, onclick: () => follow(goal) },
              text,
            )
          : make(`span.cell${marks}`, { title: label }, text);
      cell.style.background = `rgb(${color})`;
      cell.style.color = inkOn(color);
      cells.push(cell);
    }
  }
  const plane = (/** @type {number} */ number) => {
    const grid = make("div.grid", {}, ...cells.slice(number * rows * columns, (number + 1) * rows * columns));
    grid.style.gridTemplateColumns = `repeat(${columns}, ${side}px)`;
    grid.style.gridAutoRows = `${Math.min(side, 34)}px`;
    return grid;
  };
  return make(
    "div.part",
    { role: "group", "aria-label": name, "data-part": part },
    make("small", {}, name),
    ...Array.from({ length: planes }, (_, number) => plane(number)),
  );
}

/** The terms of a sum, the largest first, each a way to where it comes from. */
export function termsOf({ listed, others, rest }, combination) {
  const largest = Math.max(...listed.map(({ product }) => Math.abs(product)), 0);
  const isSum = combination === "sum of products";
  const rows = listed.map(({ name, input, weight, weight_name, product, to }) => {
    const bar = make("span.bar");
    const color = colorOf(product, largest);
    bar.style.width = `${largest && Number.isFinite(product) ? (90 * Math.abs(product)) / largest : 0}px`;
    bar.style.background = `rgb(${color})`;
    return make(
      "tr",
      {},
      make("td", {}, to ? make("button", { onclick: () => follow(to), title: `Go to ${named(to)}` }, name) : name),
      make("td", {}, short(input)),
      make("td", {}, isSum ? `× ${short(weight)}` : ""),
      make("td", {}, isSum ? make("small", {}, weight_name) : ""),
      make(
        "td",
        {},
        isSum || combination === "mean"
          ? short(product)
          : combination === "maximum" && weight === 1
            ? "the largest"
            : "",
      ),
      make("td", {}, bar),
    );
  });
  const left = others
    ? [
        make(
          "tr",
          {},
          make("td", {}, `${others} further terms`),
          make("td"),
          make("td"),
          make("td"),
          make("td", {}, short(rest)),
          make("td"),
        ),
      ]
    : [];
  return make(
    "div.terms",
    {},
    make("p", {}, `The terms${listed.length > 1 ? ", the largest first" : ""}:`),
    make("table", {}, ...rows, ...left),
  );
}
