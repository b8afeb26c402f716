// What the network says of the input, in the header.

import { get } from "/page/api.js";
import { make, short } from "/page/dom.js";
import { trying } from "/page/problem.js";
import { onChange } from "/page/store.js";

/** @param {HTMLElement} root */
export function showAnswer(root) {
  const draw = () => trying(async () => {
    const { scores } = await get("answer");
    root.replaceChildren(...(scores.length ? [make("small", {}, "It says ")] : []), ...scores.slice(0, 3).map(({ name, value }, index) =>
      make(index ? "span" : "b", {}, `${name}: ${short(value)} `)));
  });
  onChange((changed) => {
    if (changed.has("input") || changed.has("weights")) draw();
  });
  return draw();
}
