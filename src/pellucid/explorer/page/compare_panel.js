// The panel in which two moments of a training, or two models, stand side by side.

import { get, getArrays, inPath, isRefused } from "/page/api.js";
import { pairView } from "/page/compared_pair.js";
import { drawCurves, linesOf } from "/page/curves.js";
import { become, grouped, keepingFocus, make, options, short } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { drawMap } from "/page/paint.js";
import { choice, choose, onChange } from "/page/store.js";
import { enter } from "/page/touch.js";

const percent = (/** @type {number} */ share) => `${short(100 * share)}%`;

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, told) {
  const sides = ["a", "b"].map((side) => make("select", { name: side, onchange: (event) => choose({ [side]: event.target.value }) }));
  const said = make("div", { role: "status" });
  const [curves, table, filters, maps] = ["div.curve", "div.wide", "section.matched", "section.matched"].map((tag) => make(tag));
  const one = make("section", { "aria-label": "One map of both", hidden: true });
  let left = false;
  let shown = /** @type {{query: string, layer: string}|null} */ (null); // what the map of both is of
  let number = -1; // of the map of both
  const markOne = () => markPairs(root, number);
  const drawPair = pairView(one, () => (left ? null : shown), (drawn) => {
    number = drawn;
    markOne();
  });
  root.replaceChildren(
    make("div.fields", {}, make("label", {}, "This ", sides[0]), make("label", {}, "beside ", sides[1])),
    said, one, make("div.panes", {}, make("div", {}, curves, table), filters, maps));
  const offer = async () => {
    const { choices } = await get("compare/choices");
    const ids = choices.map((each) => each.id);
    const b = ids.includes("against") ? "against" : ids[1];
    const wanted = [choice("a") || "now", choice("b") || b].map((id) => (ids.includes(id) ? id : ids[0]));
    sides.forEach((select, place) => options(select, choices.map(({ id, name }) => [id, name]), wanted[place]));
    return ids.length > 1 ? wanted : null;
  };
  const draw = newest(async () => {
    const pair = await offer();
    if (left) return;
    if (pair === null) {
      said.textContent = "There is nothing to compare with yet: train a little (each moment that is kept can be chosen here), " +
        "or give another model: pellucid explore MODEL --against OTHER";
      return;
    }
    const query = `a=${pair[0]}&b=${pair[1]}`;
    const pairOf = (/** @type {string} */ layer) => {
      shown = isInput(layer) ? null : { query: `${query}${useOf(layer)}`, layer };
      drawPair();
    };
    const found = await get(`compare?${query}`).catch(async (error) => {
      for (const place of [said, filters, maps, table]) place.replaceChildren();
      pairOf(wantedLayer(null));
      await showMaps(maps, `${query}${useOf(wantedLayer(null))}`, wantedLayer(null), isInput(wantedLayer(null))); // these can be shown, whatever the layers are
      throw error;
    });
    if (left) return;
    said.replaceChildren(...sentencesOf(found));
    const hasLayers = found.layers.length > 0;
    keepingFocus(table, () => become(table, hasLayers ? [tableOf(found.layers)] : []), root);
    const layer = wantedLayer(found.layers);
    const mapsOf = async () => {
      try {
        await showMaps(maps, `${query}${useOf(layer)}`, layer, isInput(layer));
        pairOf(layer);
      } catch (error) {
        if (hasLayers || !isRefused(error)) throw error;
        maps.replaceChildren(); // the other, built otherwise, has no layer of this name
        shown = null;
        drawPair();
      }
    };
    await Promise.all([
      showFilters(filters, query, found.layers.find((each) => each.a === layer) ?? found.layers[0]),
      mapsOf(),
      showCurves(curves, [found.a, found.b]),
    ]);
    markOne();
  });
  draw();
  const forget = onChange((changed) => {
    const isNow = sides.some((select) => select.value === "now" || !select.value);
    if (["a", "b", "layer", "input"].some((name) => changed.has(name)) || (changed.has("weights") && isNow)) draw();
    else if (changed.has("map")) drawPair();
  });
  return () => {
    left = true;
    forget();
  };

  function isInput(path) {
    return told.inputs.some(({ id }) => id === path);
  }

  /** Which use of a layer is chosen, where it has several. */
  function useOf(path) {
    const known = told.scene.nodes.find((each) => each.id === choice("layer"));
    return known?.path === path && known.call ? `&call=${known.call}` : "";
  }

  /** The layer that is chosen, or the first with filters. */
  function wantedLayer(compared) {
    const known = told.scene.nodes.find((each) => each.id === choice("layer"));
    return known?.path ?? compared?.[0]?.a ?? told.scene.nodes.find((each) => Object.keys(each.banks).length)?.path ?? told.scene.nodes[0].path;
  }
}

function sentencesOf(found) {
  const right = ({ name, accuracy }) => (accuracy === null ? null : `${name} is right for ${percent(accuracy)}`);
  const both = [right(found.a), right(found.b)].filter(Boolean);
  const lines = [
    both.length ? `${both.join(", ")} of ${grouped(found.counted)} samples.` : null,
    found.same_answer === null ? null : `Both say the same for ${percent(found.same_answer)} of ${found.samples} samples.`,
    differing(found.largest_difference),
    ...found.notes,
  ];
  return lines.filter(Boolean).map((line) => make("p", {}, line));
}

/** @param {number|string|null} most text where it is no number; null where nothing was compared */
function differing(most) {
  if (most === null) return null;
  return typeof most === "string" ? "Among their answers are some that are no numbers, so by how much they differ cannot be told."
    : `Their answers differ by ${short(most)} at most.`;
}

function tableOf(layers) {
  const row = (each) => make("tr", {},
    make("th", { scope: "row" }, make("button", { onclick: () => enter(each.a) },
      each.a === each.b ? each.a : `${each.a} and ${each.b}`)),
    make("td", {}, short(each.mean)), make("td", {}, short(each.lowest)), make("td", {}, short(each.by_chance)));
  return make("table.likeness", {},
    make("caption", {}, "How alike the filters are, each with the one that it is most like: 1 is the same, by what they answer."),
    make("thead", {}, make("tr", {}, ...["layer", "mean", "least", "by chance"].map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...layers.map(row)));
}

async function showFilters(root, query, match) {
  if (!match?.has_weights) {
    root.replaceChildren();
    return;
  }
  const { head, arrays } = await getArrays(`compare/filters/${inPath(match.a)}?${query}`);
  const of = head.channels > 1 ? `, as they read channel ${head.channel} of ${head.channels}` : "";
  keepingFocus(root, () => become(root, [make("h2", {}, `The filters of ${head.layer}${of}`),
    make("p.faint", {}, "This and the other, with their numbers and how alike their answers are: 1 is the same, -1 the opposite " +
      "(then the other is drawn with its signs turned). The least alike first."),
    pairsOf(head, arrays, "filter")]));
}

async function showMaps(root, query, layer, isInput) {
  if (isInput) {
    root.replaceChildren();
    return;
  }
  const { head, arrays } = await getArrays(`compare/maps/${inPath(layer)}?${query}`);
  keepingFocus(root, () => become(root, [make("h2", {}, `What ${head.use} answers to the input`), pairsOf(head, arrays, "map")]));
}

/** Pairs of pictures, the least alike first; each opens the maps of both, and so does each cell of a row of units. */
function pairsOf(head, { a, b }, word) {
  const picture = (values, place, name) => {
    const canvas = make("canvas", { role: "img", "aria-label": name });
    if (values.shape[0] === 1 && values.shape[1] > 12) canvas.classList.add("strip");
    drawMap(canvas, values, place, head.limit);
    return canvas;
  };
  const count = Math.min(a.shape[2], b.shape[2]);
  return make("div.mosaic", {}, ...Array.from({ length: count }, (_, place) => {
    if (!head.pairs.length) { // units, which share a row
      const row = [picture(a, place, "units, here"), picture(b, place, "units, of the other")];
      for (const canvas of row) canvas.onclick = chooseUnit;
      return make("figure.side-pair", {}, ...row, make("figcaption", {}, "unit by unit"));
    }
    const [one, two] = head.pairs[place];
    const plane = head.planes.length ? `, plane ${head.planes[place]}` : "";
    const alike = head.likeness.length ? `: ${head.likeness[place].toFixed(2)}` : "";
    const open = () => choose({ map: one });
    return make("figure.side-pair", { "data-map": one, onclick: open },
      picture(a, place, `${word} ${one}${plane}, here`), picture(b, place, `${word} ${two}${plane}, of the other`),
      make("figcaption", {}, make("button", { title: `The maps of both` }, `${one}, ${two}${plane}${alike}`)));
  }));
}

function chooseUnit({ clientX, currentTarget: row }) {
  const { left, width } = row.getBoundingClientRect();
  choose({ map: Math.max(0, Math.min(row.width - 1, Math.floor(((clientX - left) / width) * row.width))) });
}

/** Show which pair is the one whose maps stand above. */
function markPairs(root, number) {
  for (const figure of root.querySelectorAll("[data-map]")) figure.setAttribute("aria-current", String(Number(figure.dataset.map) === number));
}

async function showCurves(root, moments) {
  const { head, arrays } = await getArrays("training/curves");
  const marks = moments.filter((each) => each.step !== null).map(({ step, name }) => ({ x: step, name }));
  if (!head.branches.some(({ number }) => arrays[`steps ${number}`].data.length)) return;
  drawCurves(root, {
    label: "Loss of the runs", across: "step", x: [0, head.last], y: [head.low, head.high],
    xTicks: head.ticks.step, yTicks: head.ticks.loss, lines: linesOf(head, arrays, "loss"), marks,
  });
}
