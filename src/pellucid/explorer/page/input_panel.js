// The panel where the input is chosen: a sample by number or by class.

import { getArrays, postArrays } from "/page/api.js";
import { make, times } from "/page/dom.js";
import { drawPicture, drawMap } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { onChange } from "/page/store.js";

export const title = "Input";

/**
 * @param {HTMLElement} root
 * @param {any} told what the server says of network and samples
 * @returns {() => void} to be called when another panel is shown
 */
export function show(root, { samples }) {
  const canvas = make("canvas.large", { role: "img", "aria-label": "The input" });
  const said = make("p");
  const number = make("input", { type: "number", min: 0, max: samples.count - 1, "aria-label": "Number of the sample" });
  const take = (sent) => trying(async () => void (await postArrays("input", sent)));
  number.addEventListener("change", () => take({ sample: Number(number.value) }));
  const names = samples.class_names;
  const classes = names.map((name, index) =>
    make("button", { onclick: () => take({ class: index, after: Number(number.value) }) }, name));
  const draw = () => trying(async () => {
    const { head, arrays } = await getArrays("input");
    if (head.is_picture) drawPicture(canvas, arrays.x, head.black, head.white);
    else if (arrays.x.shape.length === 3) drawMap(canvas, arrays.x, 0, Math.max(Math.abs(head.black), Math.abs(head.white)));
    number.value = head.number ?? "";
    said.textContent = `${head.source === "sample" ? `Sample ${head.number} of ${samples.name}` : `A ${head.source}`}` +
      `${head.label ? `, which is ${head.label}` : ""}; ${times(arrays.x.shape)}.`;
  });
  root.replaceChildren(
    canvas, said,
    make("p", {}, make("label", {}, "Sample ", number), ` of ${samples.count}`),
    classes.length ? make("p.choices", { role: "group", "aria-label": "The next sample of a class" }, ...classes) : null ?? "",
  );
  draw();
  return onChange((changed) => {
    if (changed.has("input")) draw();
  });
}
