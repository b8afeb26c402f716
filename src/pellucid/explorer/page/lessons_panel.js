// The panel of lessons: which there are; one that is chosen is led by the bar below the network.

import { get } from "/page/api.js";
import { make } from "/page/dom.js";
import { trying } from "/page/problem.js";
import { choice, choose, onChange } from "/page/store.js";

/** @param {HTMLElement} root @returns {() => void} */
export function show(root) {
  trying(async () => {
    const { lessons } = await get("lessons");
    const begin = (number) => choose({ lesson: number, step: 0 });
    const items = lessons.map((lesson, number) => make("li", {},
      make("button", { "data-lesson": number, onclick: () => begin(number) }, lesson.title), ` ${lesson.steps} steps`));
    root.replaceChildren(
      make("p", {}, "Each leads through this network in a few steps. A teacher can write one: see `pellucid explore --help`."),
      make("ol.lessons", {}, ...items));
    mark();
  });
  const mark = () => root.querySelectorAll("[data-lesson]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.lesson === choice("lesson"))));
  return onChange((changed) => {
    if (changed.has("lesson")) mark();
  });
}
