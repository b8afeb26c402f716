// What can be done to a whole filter: bias, a kernel with a name, a formula, a brush, freezing, drawing anew.

import { get, inPath } from "/page/api.js";
import { make, realField, typed } from "/page/dom.js";
import { edit } from "/page/edits.js";
import { trying } from "/page/problem.js";

/**
 * @param {() => any} filter the head of the answer that is shown
 * @returns {{root: HTMLElement, brush: () => number|string|null, update: (head: any) => void}}
 */
export function toolsOf(filter) {
  const send = (sent) => edit({ layer: filter().layer, bank: filter().bank, number: filter().number, ...sent });
  const bias = realField({ "aria-label": "Bias" });
  let sending = 0;
  bias.addEventListener("change", async () => {
    if (bias.value === "") return;
    sending += 1;
    await send({ do: "bias", value: typed(bias) });
    sending -= 1;
  });
  const showBias = (head) => {
    if (!sending && document.activeElement !== bias && head.bias !== null) bias.value = String(Number(Number(head.bias).toPrecision(4)));
  };
  bias.addEventListener("blur", () => showBias(filter())); // what was refused, or is none, does not stay
  const biasLabel = make("label", {}, "Bias ", bias);
  const hold = make("button", { "aria-pressed": "false", onclick: () => send({ do: "freeze", held: !filter().is_held }) }, "Freeze this filter");
  const holdLayer = make("button", { "aria-pressed": "false", onclick: () => send({ do: "freeze layer", held: !filter().layer_is_frozen }) }, "Freeze the layer");
  const brush = make("input.brush", { type: "checkbox" });
  const color = realField({ value: 1, "aria-label": "Value to paint with" });
  const formula = make("input.wide", { type: "text", placeholder: "exp(-r**2 / 2)", "aria-label": "Formula", maxlength: 300, spellcheck: "false" });
  const setFormula = () => send({ do: "formula", formula: formula.value });
  formula.addEventListener("keydown", (event) => event.key === "Enter" && setFormula());
  const hint = make("small");
  const named = namedKernels(send);
  const root = make("div.tools", {},
    make("p.choices", {}, biasLabel, hold, holdLayer),
    make("p.choices", {}, make("label", {}, brush, " Paint with "), color,
      make("button", { onclick: () => send({ do: "formula", formula: "0" }) }, "All to 0"),
      make("button", { onclick: () => send({ do: "draw" }) }, "Draw this anew"),
      make("button", { onclick: () => send({ do: "draw layer" }) }, "Draw the layer anew")),
    named.root,
    make("p.choices", {}, make("label", {}, "Formula ", formula), make("button", { onclick: setFormula, "aria-label": "Set the formula" }, "Set"), hint));
  const update = (head) => {
    biasLabel.hidden = head.bias === null;
    showBias(head);
    hold.hidden = !head.can_freeze;
    hold.setAttribute("aria-pressed", String(head.is_held));
    hold.textContent = head.is_held ? "Let this filter go" : "Freeze this filter";
    holdLayer.setAttribute("aria-pressed", String(head.layer_is_frozen));
    holdLayer.textContent = head.layer_is_frozen ? "Let the layer go" : "Freeze the layer";
    hint.textContent = `of ${head.coordinates}${head.slides ? ", counted from the middle; r is the distance" : ""}`;
    named.update(head);
  };
  return { root, brush: () => (brush.checked && color.value !== "" ? typed(color) : null), update };
}

/** A kernel of the filterbank with its settings. */
function namedKernels(send) {
  const names = make("select", { "aria-label": "Kernel with a name" });
  const fields = make("span.choices");
  const says = make("small");
  const set = make("button", { "aria-label": "Set the kernel" }, "Set");
  const root = make("p.choices", {}, make("label", {}, "By name ", names), fields, set, says);
  let known = [];
  let asked = "";
  const settings = () => known[names.selectedIndex]?.settings ?? [];
  const showFields = () => {
    says.textContent = known[names.selectedIndex]?.says ?? "";
    fields.replaceChildren(...settings().map(({ name, usual, kind }) => make("label", {}, `${name} `, realField({
      "data-setting": name,
      "data-kind": kind,
      ...{ flag: { type: "checkbox" }, word: { inputmode: "text" } }[kind],
      placeholder: "usual",
      value: kind === "flag" ? undefined : usual ?? "",
      checked: kind === "flag" && usual,
    }))));
  };
  names.addEventListener("change", showFields);
  set.addEventListener("click", () => {
    const given = [...fields.querySelectorAll("[data-setting]")].filter((field) => field.dataset.kind === "flag" || field.value !== "");
    send({
      do: "kernel",
      name: names.value,
      settings: Object.fromEntries(given.map((field) => [field.dataset.setting,
        { flag: field.checked, word: field.value }[field.dataset.kind] ?? typed(field)])),
    });
  });
  const update = (head) => {
    root.hidden = !head.slides;
    const path = `kernels/${inPath(head.layer)}?bank=${encodeURIComponent(head.bank)}`;
    if (!head.slides || path === asked) return;
    asked = path;
    trying(async () => {
      known = (await get(path)).kernels;
      names.replaceChildren(...known.map(({ name }) => make("option", { value: name }, name)));
      root.hidden = !known.length;
      showFields();
    });
  };
  return { root, update };
}
