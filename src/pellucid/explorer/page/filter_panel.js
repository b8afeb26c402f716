// The panel of filters: all of a layer as small pictures, the chosen one with its numbers, which can be changed.

import { getArrays, inPath, isRefused } from "/page/api.js";
import { become, darkest, keepingFocus, make, options, short, times } from "/page/dom.js";
import { showEdits } from "/page/edits.js";
import { Cells, formOf } from "/page/filter_cells.js";
import { toldOf } from "/page/filter_told.js";
import { toolsOf } from "/page/filter_tools.js";
import { latest } from "/page/newest.js";
import { drawMap } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { choice, choose, onChange } from "/page/store.js";
import { enter } from "/page/touch.js";

const PAGE = 64; // filters at once

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene }) {
  const having = scene.nodes.filter((node) => node.count);
  const node = () => scene.nodes.find((each) => each.id === choice("layer")) ?? having[0];
  const number = () => (/^\d{1,8}$/.test(choice("filter")) ? Number(choice("filter")) : 0);
  const gallery = galleryOf(number);
  const opened = openedOf();
  const told = toldOf(opened);
  const edits = make("section", { "aria-label": "Edits" }, make("h2", {}, "Edits"));
  const list = make("div");
  edits.append(list);
  const leaveEdits = showEdits(list);
  const board = make("div.filter-board", {}, gallery.root, opened.root, make("div", {}, edits, told.changes), told.root);
  const none = make("div");
  root.replaceChildren(none, board);
  const address = (word) => `${word}/${inPath(node().path)}?bank=${encodeURIComponent(bankOf(gallery.known, node()))}`;
  let left = false;
  const isWanted = () => !left && !!node()?.count; // what is on its way when another layer is chosen is not asked of that
  const place = () => (isWanted() ? [node().path, choice("bank"), number()].join(" ") : null);
  const drawAll = latest(() => place() && `${place()} ${gallery.first()}`, () => getArrays(`${address("filters")}&first=${gallery.first()}&count=${PAGE}`), gallery.draw);
  const drawOne = latest(place, () => getArrays(`${address("filter")}&number=${number()}${opened.query()}`), opened.draw);
  const draw = async () => {
    const empty = !node()?.count;
    board.hidden = empty;
    keepingFocus(none, () => void (none.hidden = !empty), root);
    if (empty) {
      none.replaceChildren(make("p", {}, `${node()?.id ?? "This network"} has no weights. `, having.length ? "These have: " : ""),
        make("p.choices", {}, ...having.map((each) => make("button", { onclick: () => enter(each.id) }, each.id))));
      return;
    }
    try {
      await Promise.all([drawAll(), drawOne()]);
    } catch (error) {
      if (!isWanted()) return;
      if (!isRefused(error) || !(number() || choice("bank"))) throw error;
      choose({ filter: "", bank: "" }); // the address named one that is not there: the first is
    }
    if (isWanted()) told.update(node(), address);
  };
  opened.redraw = gallery.redraw = () => trying(draw);
  trying(draw);
  const unheard = onChange((changed) => {
    if (changed.has("layer") || changed.has("bank")) gallery.page = 0;
    if (["layer", "bank", "filter"].some((name) => changed.has(name))) opened.forget();
    if (["layer", "bank", "filter", "weights"].some((name) => changed.has(name))) trying(draw);
    if (changed.has("input") && node()?.count) told.update(node(), address);
  });
  return () => {
    left = true;
    unheard();
    leaveEdits();
    told.leave();
  };
}

/** The bank that is chosen, if the layer has it; "" for its first. */
const bankOf = (known, node) => (known.layer === node.path && !known.banks.includes(choice("bank")) ? "" : choice("bank"));

/** All filters as small pictures. */
function galleryOf(number) {
  const tiles = make("div.tiles", { role: "group", "aria-label": "Filters" });
  const banks = make("select", { "aria-label": "Weight" });
  banks.addEventListener("change", () => choose({ bank: banks.value, filter: "" }));
  const said = make("p", {}, "");
  const pager = make("p.choices");
  const root = make("section.gallery", { "aria-label": "All filters" }, make("p.choices", {}, banks, said), tiles, pager);
  const self = {
    root, page: -1, known: { layer: "", banks: [] }, redraw: () => {},
    first: () => (self.page < 0 ? Math.floor(number() / PAGE) : self.page) * PAGE,
    draw: ({ head, arrays: { pictures } }) => {
      self.known = head;
      banks.hidden = head.banks.length < 2;
      options(banks, head.banks.map((name) => [name, name]), head.bank);
      const units = head.axes.length === 1 && head.axes[0] === "inputs" ? "units" : "filters";
      said.textContent = head.is_whole ? `${times(head.shape) || 1} numbers; ${darkest(head.limit)}.`
        : `${head.count} ${units} of ${times(head.shape) || 1}${head.axes.length ? ` (${head.axes.join(", ")})` : ""}; ${darkest(head.limit)}.`;
      drawTiles(tiles, head, pictures, number);
      keepingFocus(pager, () => become(pager, pagesOf(head, self)), root);
    },
  };
  tiles.addEventListener("keydown", (event) => moveInTiles(event, tiles, self));
  return self;
}

function drawTiles(tiles, head, pictures, number) {
  const [count, rows, columns] = pictures.shape;
  while (tiles.children.length > count) tiles.lastChild.remove();
  while (tiles.children.length < count) tiles.append(make("button.tile", {}, make("canvas"), make("span")));
  for (let index = 0; index < count; index++) {
    const tile = tiles.children[index];
    const own = head.first + index;
    const held = head.frozen.includes(own) || head.layer_is_frozen;
    tile.onclick = () => choose({ filter: own });
    tile.title = `${head.said[index]}${held ? "; frozen" : ""}`;
    tile.setAttribute("aria-label", tile.title);
    tile.setAttribute("aria-current", String(own === number()));
    tile.tabIndex = own === number() || (index === 0 && !(number() >= head.first && number() < head.first + count)) ? 0 : -1;
    tile.lastChild.textContent = `${own}${held ? " ❄" : ""}`;
    const cells = { shape: [rows, columns, 1], data: pictures.data.subarray(index * rows * columns, (index + 1) * rows * columns) };
    drawMap(tile.firstChild, cells, 0, head.limit);
  }
}

/** Arrow keys choose the filter beside, Home and End the first and the last one on the page. */
function moveInTiles(event, tiles, gallery) {
  const all = [...tiles.children];
  const at = all.indexOf(document.activeElement);
  const abreast = all.filter((tile) => tile.offsetTop === all[0].offsetTop).length;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -abreast, ArrowDown: abreast, Home: -at, End: all.length - 1 - at }[event.key];
  if (by === undefined || at < 0) return;
  event.preventDefault();
  const to = all[at + by];
  if (!to) return;
  choose({ filter: gallery.known.first + at + by });
  to.focus();
}

function pagesOf(head, gallery) {
  if (head.count <= PAGE) return [];
  const to = (page) => () => {
    gallery.page = page;
    gallery.redraw();
  };
  const page = head.first / PAGE;
  const last = Math.ceil(head.count / PAGE) - 1;
  return [
    make("button", { disabled: page === 0, onclick: to(page - 1), "aria-label": "The filters before" }, "◀"),
    `${head.first} to ${Math.min(head.count, head.first + PAGE) - 1} of ${head.count}`,
    make("button", { disabled: page === last, onclick: to(page + 1), "aria-label": "The next filters" }, "▶"),
  ];
}

/** The filter that is chosen, with its numbers. */
function openedOf() {
  const heading = make("h2", { hidden: true }); // until it says something
  const story = make("p.story");
  const place = make("div");
  const turned = make("input", { type: "checkbox" });
  const turning = make("label", {}, turned, " turned by half a turn: the kernel of the true convolution");
  const pager = make("p.choices");
  let cells = null;
  let first = 0;
  let chosen = [];
  const self = {
    head: null, redraw: () => {},
    root: make("section.opened", { "aria-label": "The chosen filter" }),
    forget: () => void ((first = 0), (chosen = [])),
    query: () => (chosen.length ? `&slices=${chosen.join(",")}` : `&first=${first}`) + (turned.checked ? "&turned=1" : ""),
    chosen: () => chosen,
    draw: (answer) => {
      const { head } = answer;
      self.head = head;
      chosen = head.chosen.length < head.total ? head.chosen : [];
      heading.hidden = false;
      heading.replaceChildren(head.label, make("small", {}, ` ${darkest(head.limit)}${head.is_held || head.layer_is_frozen ? ", frozen" : ""}`));
      story.textContent = `How it came about: ${head.story}.`;
      turning.hidden = !head.slides;
      if (!cells || cells.form !== formOf(answer)) {
        cells = new Cells(answer, tools.brush);
        place.replaceChildren(cells.root, cells.field);
      } else {
        cells.update(answer);
      }
      tools.update(head);
      const step = head.chosen.length;
      const to = (start) => () => {
        first = Math.max(0, start);
        chosen = [];
        self.redraw();
      };
      const pages = step < head.total ? [
        make("button", { disabled: first === 0, onclick: to(first - step), "aria-label": "Stronger slices" }, "◀"),
        `${step} of ${head.total} slices, the strongest first, from the ${first + 1}. on`,
        make("button", { disabled: first + step >= head.total, onclick: to(first + step), "aria-label": "Weaker slices" }, "▶"),
      ] : [];
      keepingFocus(pager, () => become(pager, pages), self.root);
    },
  };
  turned.addEventListener("change", () => self.redraw());
  const tools = toolsOf(() => self.head);
  self.root.append(heading, place, pager, turning, tools.root, story); // what grows comes last: nothing jumps
  return self;
}
