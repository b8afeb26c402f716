// The step that training would make next: how large the gradient of each layer is, and of one filter what each cause adds.

import { getArrays, inPath } from "/page/api.js";
import { become, keepingFocus, make, short, times } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { numberField } from "/page/number_field.js";
import { drawMap } from "/page/paint.js";
import { choice, choose } from "/page/store.js";
import { enter } from "/page/touch.js";

const MOST = 6; // channels of a filter

/** @param {HTMLElement} root @returns {{draw: () => void}} to be called when the weights or the choice have changed */
export function nextStep(root) {
  const bars = make("div.flow");
  const { field: filter, mark } = numberField(Infinity, "Filter", (number) => choose({ filter: number }));
  const pictures = make("div.next-step");
  const said = make("p");
  const opened = make("details", { ontoggle: () => draw() },
    make("summary", {}, "Gradients and the next step"),
    make("p", {}, "How large the gradient of the loss is for a typical weight of each layer, on the next batch:"),
    bars, make("label", {}, "Filter ", filter), said, pictures);
  root.replaceChildren(opened);
  const ask = newest(async () => {
    const { layers, most } = (await getArrays("training/flow")).head;
    const known = layers.filter((each) => each.banks.length);
    const chosen = known.find((each) => each.layer === choice("layer")) ?? known[0];
    const rows = layers.map((each) => barOf(each, most, each === chosen));
    keepingFocus(bars, () => become(bars, rows), opened.querySelector("summary"));
    if (!chosen) return;
    const number = choice("filter") || "0";
    const which = chosen.banks.includes(choice("bank")) ? choice("bank") : ""; // what the filter panel shows of this layer
    const { head, arrays } = await getArrays(`training/step/${inPath(chosen.layer)}?filter=${encodeURIComponent(number)}&which=${encodeURIComponent(which)}`);
    mark(number);
    said.textContent = `Step ${head.step + 1} by ${head.optimizer}, on a batch of ${head.samples} with loss ` +
      `${short(head.loss)}: filter ${number} of ${head.layer}${head.banks.length > 1 ? `, ${head.which}` : ""}, ${times(head.shape)}. The parts add up to the change; their share of it stands beside.`;
    const parts = head.names.map((name, place) =>
      rowOf(`${name}: ${Math.round(100 * head.shares[place])}%`, arrays[`part ${place}`], head.steps_limit));
    pictures.replaceChildren(
      rowOf("the weights", arrays.before, head.limits.before),
      rowOf("the gradient of the loss", arrays.gradient, head.limits.gradient),
      rowOf("the change", arrays.change, head.steps_limit),
      ...parts);
  });
  const draw = () => {
    if (opened.open) ask();
  };
  return { draw };
}

function barOf({ layer, typical, banks }, most, isChosen) {
  const bar = make("span.length");
  bar.style.width = `${most > 0 ? (100 * typical) / most : 0}%`;
  return make("button", {
    disabled: !banks.length, "aria-pressed": String(isChosen), onclick: () => enter(layer, { filter: 0 }),
  }, make("span.name", {}, layer), make("span.track", {}, bar), make("span.number", {}, short(typical)));
}

function rowOf(name, values, limit) {
  const [rows, columns, channels] = values.shape;
  const count = Math.min(channels, MOST);
  const shown = Array.from({ length: count }, (_, channel) => {
    const canvas = make("canvas", { role: "img", "aria-label": `${name}, channel ${channel}` });
    if (rows === 1 && columns > 12) canvas.classList.add("strip");
    drawMap(canvas, values, channel, limit);
    return canvas;
  });
  const more = channels > count ? [make("small", {}, `and ${channels - count} channels more`)] : [];
  return make("figure", {}, make("figcaption", {}, `${name} (darkest: ${short(limit)})`), ...shown, ...more);
}
