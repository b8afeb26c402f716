// The numbers of a filter as cells: chosen by click or arrow keys, changed by typing, dragging, the wheel, Alt and
// arrow keys, or painted with one value.

import { make, realField, short, typed } from "/page/dom.js";
import { edit, newGesture } from "/page/edits.js";
import { colorOf, inkOn } from "/page/paint.js";

const PER_STEP = 4; // pixels of dragging
const ROOMY = 9; // columns up to which numbers stand in the cells

/** Cells for an answer of `filter/...`; `update` draws another answer of the same form, and keeps the focus. */
export class Cells {
  /** @param {any} answer @param {() => any} brush the value to paint with, null where cells are dragged */
  constructor(answer, brush) {
    this.brush = brush;
    this.chosen = -1;
    this.drag = null;
    this.form = formOf(answer);
    this.root = make("div.slices");
    this.value = realField({ "aria-label": "Value of the chosen weight" });
    this.where = make("span", { "aria-live": "polite" });
    this.field = make("p.choices", {}, make("label", {}, this.where, " ", this.value), make("small", {},
      "Enter sets it. Drag up or down, turn the wheel, or Alt with ↑ ↓ changes it by steps."));
    /** @type {Map<number, any>} */
    this.cells = new Map();
    this.ahead = ahead();
    this.build(answer);
    this.listen();
    this.update(answer);
    this.choose(Number([...this.cells.keys()][0]), false);
  }

  build({ head, arrays }) {
    head.slices.forEach((title, index) => {
      const { shape: [rows, columns], data } = arrays[`cells${index}`];
      const grid = make("div.weights", { role: "group", "aria-label": title });
      grid.style.setProperty("--columns", columns);
      grid.classList.toggle("tight", columns > ROOMY);
      for (let place = 0; place < rows * columns; place++) {
        const at = data[place];
        const cell = at < 0 ? make("span") : make("button.weight", { tabindex: -1, "data-at": at });
        if (at >= 0) this.cells.set(at, Object.assign(cell, { slice: index, row: Math.floor(place / columns), column: place % columns }));
        grid.append(cell);
      }
      this.root.append(make("figure", {}, make("figcaption", {}, title), grid));
    });
  }

  update(answer) {
    const { head, arrays } = answer;
    this.head = head;
    const before = this.numbers;
    this.numbers = new Map();
    head.slices.forEach((_, index) => arrays[`cells${index}`].data.forEach((at, place) => {
      const isInHand = before?.has(at) && (this.drag?.at === at || this.ahead.has(at, head.version));
      if (at >= 0) this.numbers.set(at, isInHand ? before.get(at) : arrays[`values${index}`].data[place]);
    }));
    for (const at of this.numbers.keys()) this.paint(at);
    this.tell();
  }

  /** Draw one cell. */
  paint(at) {
    const value = this.numbers.get(at);
    const color = colorOf(value, this.head.limit);
    const cell = this.cells.get(at);
    cell.style.backgroundColor = `rgb(${color.join(" ")})`;
    cell.style.color = inkOn(color);
    cell.textContent = short(value, 3).replace(/^(-?)0\./, "$1.");
    cell.setAttribute("aria-label", `${this.named(at)}: ${short(value)}`);
    cell.title = `${this.named(at)}: ${short(value)}`;
  }

  /** The place of a number in the filter, in words. */
  named(at) {
    const index = [];
    for (const size of [...this.head.shape].reverse()) {
      index.unshift(at % size);
      at = Math.floor(at / size);
    }
    return `[${index.join(", ")}]`;
  }

  choose(at, focus = true, preventScroll = false) {
    if (!this.cells.has(at)) return;
    this.cells.get(this.chosen)?.removeAttribute("aria-current");
    this.cells.get(this.chosen)?.setAttribute("tabindex", "-1");
    this.chosen = at;
    const cell = this.cells.get(at);
    cell.setAttribute("aria-current", "true");
    cell.setAttribute("tabindex", "0");
    if (focus) cell.focus({ preventScroll });
    this.tell();
  }

  tell() {
    if (this.chosen < 0) return;
    const axes = this.head.axes.join(", ");
    this.where.textContent = `${this.named(this.chosen)}${axes && !axes.includes("axis") ? ` (${axes})` : ""}`;
    if (document.activeElement !== this.value) this.value.value = String(Number(this.numbers.get(this.chosen)?.toPrecision(6)));
  }

  /** Set a number, drawn at once; what the server makes of it comes after. */
  set(at, value, gesture = "") {
    if (Number.isFinite(value)) { // else the server says what it wants
      this.numbers.set(at, value);
      this.paint(at);
      this.tell();
    }
    this.ahead.wait(at, edit({ ...this.address(), do: "numbers", at, value, gesture }));
  }

  address() {
    return { layer: this.head.layer, bank: this.head.bank, number: this.head.number };
  }

  listen() {
    const at = (event) => Number(event.target.closest?.("[data-at]")?.dataset.at ?? -1);
    this.root.addEventListener("pointerdown", (event) => {
      if (at(event) < 0 || event.button !== 0) return;
      event.preventDefault();
      const paint = this.brush();
      this.choose(at(event), true, true); // what is below the hand stays there
      this.drag = { at: at(event), y: event.clientY, from: this.numbers.get(at(event)), gesture: newGesture(), paint, painted: [] };
      if (paint !== null) this.brushed(this.drag, this.drag.at);
      else this.root.setPointerCapture(event.pointerId);
    });
    this.root.addEventListener("pointermove", (event) => {
      const { drag } = this;
      if (!drag) return;
      if (drag.paint !== null) {
        const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-at]");
        if (under && this.root.contains(under)) this.brushed(drag, Number(under.dataset.at));
        return;
      }
      const steps = Math.round((drag.y - event.clientY) / PER_STEP);
      if (steps || drag.moved) {
        drag.moved = true;
        this.set(drag.at, drag.from + steps * this.head.step, drag.gesture);
      }
    });
    const end = () => void (this.drag = null);
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) this.root.addEventListener(name, end);
    let wheel = { at: -1, gesture: "" };
    this.root.addEventListener("wheel", (event) => {
      if (event.ctrlKey || at(event) !== this.chosen || document.activeElement !== this.cells.get(this.chosen)) return;
      event.preventDefault();
      if (wheel.at !== this.chosen) wheel = { at: this.chosen, gesture: newGesture() };
      this.step(event.deltaY < 0 ? 1 : -1, wheel.gesture);
    }, { passive: false });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.value.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.value.value !== "") this.set(this.chosen, typed(this.value));
      if (event.key === "Enter" || event.key === "Escape") this.cells.get(this.chosen).focus();
      if (event.key === "Escape") this.tell();
    });
  }

  brushed(drag, at) {
    if (drag.painted.includes(at)) return;
    drag.painted.push(at);
    if (Number.isFinite(drag.paint)) {
      this.numbers.set(at, drag.paint);
      this.paint(at);
    }
    this.ahead.wait(at, edit({ ...this.address(), do: "numbers", at, value: drag.paint, gesture: drag.gesture }));
  }

  step(count, gesture) {
    this.set(this.chosen, this.numbers.get(this.chosen) + count * this.head.step, gesture);
  }

  key(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[event.key];
    if (move && event.altKey && move[0]) {
      this.step(-move[0] * (event.shiftKey ? 10 : 1), `keys ${this.chosen}`);
    } else if (move && !event.altKey) {
      this.choose(this.beside(...move));
    } else if (event.key === "Enter" || (/^[-.0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey)) {
      this.value.focus();
      if (event.key === "Enter") this.value.select();
      else this.value.value = event.key;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** The cell beside the chosen one; at the side of a slice that of the next slice. */
  beside(down, right) {
    const { slice, row, column } = this.cells.get(this.chosen);
    const cells = [...this.cells].filter(([, cell]) => cell.row === row + down || right);
    const inRow = [...this.cells].filter(([, cell]) => cell.row === row).sort(([, a], [, b]) => a.slice - b.slice || a.column - b.column);
    if (right) return inRow[inRow.findIndex(([at]) => at === this.chosen) + right]?.[0] ?? this.chosen;
    return cells.find(([, cell]) => cell.slice === slice && cell.column === column)?.[0] ?? this.chosen;
  }
}

/** Which cells are ahead of the server: an answer that does not know of their last edit yet does not take it back. */
function ahead() {
  /** @type {Map<number, {version: number}>} */
  const edits = new Map();
  return {
    has: (at, version) => version < (edits.get(at)?.version ?? -1),
    wait: async (at, sent) => {
      const mine = { version: Infinity }; // until the server has said which
      edits.set(at, mine);
      mine.version = (await sent) ?? -1;
    },
  };
}

/** What of an answer decides which cells there are. @param {any} answer */
export const formOf = ({ head, arrays }) => JSON.stringify([
  head.layer, head.bank, head.number, head.slices, head.slices.map((_, index) => [arrays[`cells${index}`].data[0], arrays[`cells${index}`].shape]),
]);
