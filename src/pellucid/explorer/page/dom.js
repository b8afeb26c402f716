// Elements, made in one line; text goes in as text, whatever it contains.

import { penOf } from "/page/paint.js";

/**
 * @param {string} tag as in HTML, with classes behind dots: "button.box"
 * @param {Record<string, any>} [settings] attributes; functions are handlers under "onclick" and so on
 * @param {...(Node|string|null)} children
 * @returns {any}
 */
export function make(tag, settings = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  set(element, settings);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The same for SVG. @returns {any} */
export function makeSvg(tag, settings = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, settings);
  element.append(...children);
  return element;
}

function set(element, settings) {
  for (const [key, value] of Object.entries(settings)) {
    if (typeof value === "function") element[key] = value; // one of each kind, which `become` can carry over
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, String(value));
  }
}

const HANDLERS = ["onclick", "onchange", "oninput", "ontoggle"];

/**
 * Make what is shown in an element look like other nodes, and keep what is the same already: so little is laid out anew where
 * hundreds of cells change their numbers, and whoever is focused stays so. An element with `isFresh` is always replaced.
 * @param {Element} root
 * @param {(Node|string)[]} nodes new ones, which are shown nowhere
 */
export function become(root, nodes) {
  nodes.forEach((given, index) => {
    const next = typeof given === "string" ? document.createTextNode(given) : given;
    const now = root.childNodes[index];
    if (!now) root.append(next);
    else if (now.nodeName !== next.nodeName || /** @type {any} */ (next).isFresh) now.replaceWith(next);
    else if (next instanceof Element) takeOver(/** @type {any} */ (now), next);
    else if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
  });
  while (root.childNodes.length > nodes.length) root.lastChild?.remove();
}

function takeOver(now, next) {
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) === value) continue;
    if (name === "style") now.style.cssText = next.style.cssText; // as an attribute it is refused by the page's own policy
    else now.setAttribute(name, value);
  }
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name);
  for (const name of HANDLERS) if (now[name] !== next[name]) now[name] = next[name];
  if (next instanceof HTMLCanvasElement) redrawn(now, next);
  else become(now, [...next.childNodes]);
}

/** A canvas stays where it is and shows what is drawn on another: one that is pressed as news arrive is still there to be let go. */
function redrawn(now, next) {
  const pen = penOf(now);
  pen.clearRect(0, 0, now.width, now.height);
  if (next.width && next.height) pen.drawImage(next, 0, 0);
}

/**
 * Draw anew, and let nobody who works with the keys fall out of the page: where what had the focus is gone, hidden or
 * disabled afterwards, the first thing beside it that can be pressed has it, else another place.
 * @param {HTMLElement} root that is drawn in
 * @param {() => void} draw
 * @param {HTMLElement|null} [otherwise]
 */
export function keepingFocus(root, draw, otherwise = root) {
  const had = root.contains(document.activeElement);
  draw();
  const now = document.activeElement;
  if (!had || (root.contains(now) && !root.hidden && !now?.matches(":disabled"))) return;
  const next = root.hidden ? null : /** @type {HTMLElement|null} */ (root.querySelector("button:enabled"));
  (next ?? otherwise)?.focus();
}

/**
 * What can be chosen from, and what is. What is there already stays: a list that somebody has opened is not shut by news.
 * @param {HTMLSelectElement} select
 * @param {[string|number, string][]} entries each what it stands for, and its name
 * @param {string|number} value
 */
export function options(select, entries, value) {
  become(select, entries.map(([id, name]) => make("option", { value: id }, name)));
  if (select.value !== String(value)) select.value = String(value);
}

/** A number as a person reads it: four digits that count. @param {number|string} value @param {number} [digits] */
export function short(value, digits = 4) {
  if (typeof value === "string") return value; // "NaN", "Infinity", "-Infinity"
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(digits)));
}

/** What the darkest colour of a picture stands for. @param {number|string} limit the largest magnitude; 0 where there is none */
export const darkest = (limit) => (limit === 0 ? "all are 0 or, in grey, no numbers" : `darkest is ±${short(limit)}`);

/** A count with its thousands apart; the browser's own way loads a language first, in 20 ms. @param {number} count */
export const grouped = (count) => (Number.isInteger(count) ? String(count).replace(/\B(?=(\d{3})+$)/g, ",") : String(count));

/** @param {Array<number|null>} shape */
export const times = (shape) => shape.map((size) => size ?? "?").join("×");

/** A field for a number of any kind. It is one for text: what is no number (as 0,5 in many languages) comes through, and is
 * refused in a sentence, while a field for numbers makes another number of it or none. @param {Record<string, any>} settings */
export const realField = (settings) => make("input", { type: "text", inputmode: "decimal", ...settings });

/** The same for a whole number; the arrows up and down count. @param {Record<string, any>} settings */
export function wholeField({ least = 0, most = Infinity, ...settings }) {
  const field = make("input", { type: "text", inputmode: "numeric", ...settings });
  field.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    field.value = String(Math.min(most, Math.max(least, Math.floor(Number(field.value) || 0) + by)));
    field.dispatchEvent(new Event("change"));
  });
  return field;
}

/** What stands in a field: a number, or the text where it is none, which the server then speaks of. @param {HTMLInputElement} field */
export const typed = ({ value }) => (value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value);

/** Whether letters go into what has the focus: a field for text, not a box to tick, a slide or a colour. @param {any} target */
export const takesText = (target) => target instanceof HTMLElement &&
  target.matches("textarea, [contenteditable], input:not([type=checkbox], [type=range], [type=color], [type=file])");
