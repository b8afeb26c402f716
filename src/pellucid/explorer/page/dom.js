// Elements, made in one line; text goes in as text, whatever it contains.

/**
 * @param {string} tag as in HTML, with classes behind dots: "button.box"
 * @param {Record<string, any>} [settings] attributes; functions are listeners under "onclick" and so on
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
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, String(value));
  }
}

/** A number as a person reads it: four digits that count. @param {number|string} value @param {number} [digits] */
export function short(value, digits = 4) {
  if (typeof value === "string") return value; // "NaN", "Infinity", "-Infinity"
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(digits)));
}

/** @param {number} count */
export const grouped = (count) => count.toLocaleString("en");

/** @param {Array<number|null>} shape */
export const times = (shape) => shape.map((size) => size ?? "?").join("×");

/** What stands in a field: a number, or the text where it is none, which the server then speaks of. @param {HTMLInputElement} field */
export const typed = ({ value }) => (value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value);
