// The filters of a layer, as training changes them.

import { getArrays, inPath } from "/page/api.js";
import { make } from "/page/dom.js";
import { newest } from "/page/newest.js";
import { drawMap } from "/page/paint.js";
import { choice } from "/page/store.js";

/**
 * @param {HTMLElement} root
 * @param {any} scene
 * @returns {() => void} to be called when the weights, or the layer that is chosen, have changed
 */
export function liveFilters(root, scene) {
  const known = scene.nodes.filter((node) => Object.keys(node.banks).length);
  root.hidden = !known.length;
  const title = make("h2", { hidden: true }); // until it says something
  const pictures = make("div.kernels");
  root.replaceChildren(title, pictures);
  return newest(async () => {
    const node = known.find((each) => each.id === choice("layer")) ?? known[0];
    if (!node) return;
    const { head, arrays: { kernels } } = await getArrays(`training/filters/${inPath(node.path)}`);
    const of = head.channels > 1 ? `, channel ${head.channel} of the ${head.channels} that they read` : "";
    title.hidden = false;
    title.textContent = `The filters of ${head.layer}, as they are now${of}`;
    const count = kernels.shape[2];
    while (pictures.children.length > count) pictures.lastChild.remove();
    while (pictures.children.length < count) pictures.append(make("canvas", { role: "img", title: `filter ${pictures.children.length}`, "aria-label": `Filter ${pictures.children.length}` }));
    for (let place = 0; place < count; place++) drawMap(pictures.children[place], kernels, place, head.limit);
  });
}
