// The bar of the lesson that is being read: what is said, one step back, one forward, the book's page, the end.

import { get, post } from "/page/api.js";
import { become, keepingFocus, make } from "/page/dom.js";
import { trying } from "/page/problem.js";
import { choice, choose, onChange, staying } from "/page/store.js";

/** @param {HTMLElement} root */
export function showLesson(root) {
  /** @type {any} */
  let lesson = null;
  let read = "";
  let told = 0; // the step
  const step = () => Math.max(0, Math.min(Math.floor(Number(choice("step")) || 0), lesson.steps.length - 1));
  const go = (number) => lead(number, true);

  async function open() {
    const wanted = (read = choice("lesson"));
    const isHere = staying();
    const found = wanted === "" ? null : await get(`lessons/${encodeURIComponent(wanted)}`);
    if (read !== wanted) return; // another was chosen meanwhile, or none
    lesson = found;
    keepingFocus(root, () => void (root.hidden = lesson === null), document.getElementById("panel"));
    if (lesson) await lead(step(), isHere());
  }

  async function lead(number, follow) {
    const { say, choose: chosen, sample } = lesson.steps[number];
    const last = lesson.steps.length - 1;
    told = number;
    const book = make("pre.book", { hidden: true, tabindex: 0 });
    book.isFresh = true; // what was opened was made on the layer of another step
    const bar = [
      make("b", {}, `${lesson.title} `), make("small", {}, `${number + 1} of ${last + 1}`),
      make("p", { "aria-live": "polite" }, say),
      make("span.choices", {},
        make("button", { disabled: number === 0, onclick: () => go(number - 1) }, "Back"),
        make("button", { disabled: number === last, onclick: () => go(number + 1) }, "Next"),
        lesson.question ? make("button", { onclick: openBook }, "The book's page") : null,
        make("button", { onclick: () => choose({ lesson: "", step: "" }) }, "End the lesson")),
      book];
    keepingFocus(root, () => become(root, bar));
    if (!follow) return;
    choose({ value: "", filter: "", ...chosen, step: number }); // at once: where somebody goes while the sample comes, there he stays
    if (sample !== null) await trying(async () => void (await post("input", { sample })));
  }

  const openBook = () => trying(async () => {
    const book = root.querySelector(".book");
    book.hidden = !book.hidden;
    if (book.hidden || book.textContent) return;
    book.textContent = "This page is being made on this network ...";
    const asked = `lessons/${encodeURIComponent(read)}/page?layer=${encodeURIComponent(choice("layer"))}`;
    book.textContent = (await get(asked).catch((error) => { book.textContent = ""; throw error; })).text;
  });

  onChange((changed) => {
    if (changed.has("lesson") && choice("lesson") !== read) trying(open);
    else if (changed.has("step") && lesson && step() !== told) lead(step(), false); // the address has led there
  });
  return trying(open);
}
