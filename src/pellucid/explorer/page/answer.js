// What the network says of the input, in the header.

import { get } from "/page/api.js";
import { make, short } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { onChange } from "/page/store.js";

const MOST = 3; // that are told

/** @param {HTMLElement} root */
export function showAnswer(root) {
  const draw = newest(async (isNewest) => {
    const { scores } = await get("answer");
    if (!isNewest()) return;
    root.replaceChildren(...scores.slice(0, MOST).flatMap(({ name, value }, index) => [
      ...(index ? [", "] : [make("small", {}, "It says"), " "]),
      make(index ? "span" : "b", {}, `${name ? `${name}: ` : ""}${short(value)}`),
    ]));
  });
  onChange((changed) => {
    if (changed.has("input") || changed.has("weights")) draw();
  });
  return draw();
}
