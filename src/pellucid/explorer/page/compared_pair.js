// One map, or unit, of two models or moments: both on one scale, what the first has more than the other beside them, and
// the numbers of the cell that is pointed at or walked to.

import { getArrays, inPath, isRefused } from "/page/api.js";
import { darkest, make, short } from "/page/dom.js";
import { frameOn } from "/page/fields.js";
import { numberAt, planeView, planesOf } from "/page/map_view.js";
import { newest } from "/page/newest.js";
import { numberField } from "/page/number_field.js";
import { choice, choose } from "/page/store.js";
import { moved } from "/page/touch.js";

const WIDTH = 250; // pixels of a map

/**
 * @param {HTMLElement} root
 * @param {() => {query: string, layer: string}|null} wanted which two, and what of them; null for nothing to be shown
 * @param {(number: number) => void} drawn hears which map is shown
 * @returns {() => void} draws what is wanted, and the map that is chosen
 */
export function pairView(root, wanted, drawn) {
  const heading = make("h2");
  const chooser = make("p.choices");
  const maps = make("div.two-maps", { role: "group", tabindex: 0, "aria-label": "Both maps and their difference: arrow keys move" });
  const said = make("p.said", { "aria-live": "polite" });
  let field = /** @type {any} */ (null);
  let shown = /** @type {any} */ (null);
  let cursor = /** @type {number[]|null} */ (null);
  root.replaceChildren(heading, chooser, maps, said);

  const point = (/** @type {number[]|null} */ at) => {
    said.textContent = at ? sentenceAt(shown, at) : HINT;
  };
  const walkTo = (/** @type {number[]|null} */ at) => {
    cursor = at;
    for (const view of maps.querySelectorAll(".map")) {
      for (const each of view.querySelectorAll(".cursor")) each.remove();
      const cell = at && view.plane.cell(at);
      if (cell) view.append(frameOn(cell.map((/** @type {number} */ place) => [place, place]), view.plane.values.shape, "cursor"));
    }
    point(at);
  };
  maps.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const shape = shown?.arrays.a.shape;
    if (!shape || shape.length < 2 || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = moved(event.key, cursor ?? shape.map(() => 0), shape);
    if (!next) return;
    event.preventDefault();
    walkTo(cursor ? next : shape.map(() => 0));
  });

  const draw = (/** @type {any} */ found, /** @type {string} */ layer) => {
    const { head, arrays } = found;
    const shape = arrays.a.shape;
    const isUnits = shape.length < 2;
    const word = isUnits ? "unit" : "map";
    if (shown?.layer !== layer || String(shown.arrays.a.shape) !== String(shape)) cursor = null;
    if (!field || field.key !== `${layer} ${head.counts[0]}`) {
      field = { key: `${layer} ${head.counts[0]}`, ...numberField(head.counts[0], `Number of the ${word}`, (map) => choose({ map })) };
      chooser.replaceChildren(make("label", {}, `${isUnits ? "Unit" : "Map"} `, field.field, ` of ${head.counts[0]}`));
    }
    field.mark(head.numbers[0]);
    shown = { ...found, layer };
    heading.replaceChildren(`${head.use}, ${word} ${head.numbers[0]} beside ${word} ${head.numbers[1]}`, make("small", {}, ` ${likenessOf(head)}`));
    maps.hidden = isUnits;
    if (isUnits) {
      said.textContent = sentenceAt(shown, [0]);
      return;
    }
    maps.replaceChildren(...sidesOf(head, arrays).map(({ title, limit, values }) => make("figure.sheet", {},
      make("figcaption", {}, `${title}; ${darkest(limit)}`),
      ...planesOf(values, 0).map((plane, index) => Object.assign(planeView(plane, {
        limit, width: WIDTH, hasText: true, least: 22, label: `${title}${shape.length === 4 ? `, plane ${index}` : ""}`,
        onpick: ([row, column]) => walkTo([...plane.place(row, column), 0]),
        onpoint: (cell) => point(cell ? [...plane.place(cell[0], cell[1]), 0] : cursor),
      }), { plane })))));
    walkTo(cursor);
  };

  return newest(async (isNewest) => {
    const pair = wanted();
    root.hidden = !pair;
    if (!pair) return;
    const asked = choice("map") === "" ? "" : `&number=${encodeURIComponent(choice("map"))}`;
    let found;
    try {
      found = await getArrays(`compare/pair/${inPath(pair.layer)}?${pair.query}${asked}`);
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (isNewest()) {
        maps.hidden = true; // the sentence says what there is instead
        said.textContent = error.message;
      }
      return;
    }
    if (!isNewest()) return;
    draw(found, pair.layer);
    drawn(found.head.numbers[0]);
  });
}

const HINT = "Point at a cell for its numbers, or walk by the arrow keys; press a pair below to see its maps here.";

const sidesOf = ({ limit, largest_difference: largest }, { a, b, difference }) => [
  { title: "here", limit, values: a },
  { title: "the other", limit, values: b },
  ...(difference ? [{ title: "here less the other", limit: largest, values: difference }] : []),
];

function likenessOf({ likeness, is_matched: isMatched }) {
  if (!isMatched) return "(of the same number: what this layer answers is not matched)";
  return likeness === null ? "" : `alike by ${Number(likeness).toFixed(2)}${likeness < 0 ? ": one is the negative of the other" : ""}`;
}

/** The numbers of one place, in words. */
function sentenceAt({ head, arrays }, at) {
  const numberOf = (/** @type {import("/page/wire.js").Values} */ values) => {
    if (values.shape.length < 2) return short(values.data[0]);
    const planes = planesOf(values, 0);
    const cells = planes.map((plane) => [plane, plane.cell(at)]).filter(([, cell]) => cell);
    const [plane, cell] = cells[0] ?? [];
    const [rows, columns] = plane?.values.shape ?? [0, 0];
    return cell && cell[0] < rows && cell[1] < columns ? short(numberAt(plane, cell)) : "nothing";
  };
  const place = at.length > 1 ? `[${at.slice(0, -1).join(", ")}]: ` : "";
  const both = `${place}here ${numberOf(arrays.a)}, the other ${numberOf(arrays.b)}`;
  return arrays.difference ? `${both}, difference ${numberOf(arrays.difference)}.` : `${both}; their sizes differ, ${
    head.counts[0]} and ${head.counts[1]} maps, so there is no difference.`;
}
