// What the network takes for what: rows are the classes that samples have, columns what it says of them.

import { grouped, make, short } from "/page/dom.js";
import { colorOf, inkOn, drawMap } from "/page/paint.js";

const MOST_CELLS = 20; // classes for which numbers can be read

/** @param {HTMLElement} root @param {any} head @param {Record<string, import("/page/wire.js").Values>} arrays */
export function showConfusion(root, head, arrays) {
  const title = make("h2", {}, "What it takes for what");
  if (head.why_not) {
    root.replaceChildren(title, make("p", {}, head.why_not));
    return;
  }
  const said = make("p", {}, `Right for ${short(100 * head.accuracy)}% of ${grouped(head.samples)} samples, ` +
    `after step ${grouped(head.step)}.${head.unanswered ? ` The answer to ${grouped(head.unanswered)} is NaN, which is no class.` : ""}`);
  root.replaceChildren(title, said, head.names.length > MOST_CELLS ? pictureOf(arrays)
    : head.names.length ? tableOf(head.names, arrays) : "", listOf(head.pairs));
}

function tableOf(names, { counts, parts }) {
  const cells = (row) => names.map((name, column) => {
    const place = row * names.length + column;
    const color = colorOf(parts.data[place] * (row === column ? -1 : 1), 1); // right is blue, wrong is orange
    return make("td", {
      style: null, title: `${names[row]} taken for ${name}: ${counts.data[place]}`,
      "data-color": color.join(),
    }, counts.data[place] ? String(counts.data[place]) : "");
  });
  const table = make("table.confusion", {},
    make("caption", {}, "Rows: what a sample is. Columns: what the network says. Blue is right, orange is wrong."),
    make("thead", {}, make("tr", {}, make("td"), ...names.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...names.map((name, row) => make("tr", {}, make("th", { scope: "row" }, name), ...cells(row)))));
  for (const cell of table.querySelectorAll("td[data-color]")) {
    const color = cell.dataset.color.split(",").map(Number);
    cell.style.background = `rgb(${color})`; // by the script, which the policy allows; a style attribute it does not
    cell.style.color = inkOn(color);
  }
  return make("div.wide", {}, table);
}

function pictureOf({ parts }) {
  const canvas = make("canvas.large", { role: "img", "aria-label": "Rows: what samples are; columns: what is said of them" });
  drawMap(canvas, { shape: [...parts.shape, 1], data: parts.data }, 0, 1);
  return canvas;
}

const listOf = (pairs) => pairs.length
  ? make("p", {}, "Most often: ", pairs.slice(0, 5).map(({ true: own, said, count }) => `${own} for ${said} (${count})`).join(", "))
  : "";
