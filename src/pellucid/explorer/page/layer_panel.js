// The panel of a layer: all of its maps, large, and how its size and its weights come about.

import { getArrays, inPath } from "/page/api.js";
import { make, short, times } from "/page/dom.js";
import { drawMap, drawPicture } from "/page/paint.js";
import { trying } from "/page/problem.js";
import { choice, onChange } from "/page/store.js";

export const title = "Layer";
const ASKED = 64; // maps

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene }) {
  const draw = () => trying(async () => {
    const node = scene.nodes.find((each) => each.id === choice("layer")) ?? scene.nodes[0];
    const { head, arrays } = await getArrays(`maps/${inPath(node.path)}?count=${ASKED}`);
    root.replaceChildren(
      make("h2", {}, `${node.id} `, make("small", {}, node.kind)),
      make("ul", {}, ...node.derivation.map((line) => make("li", {}, line))),
      make("p", {}, `${times(head.shape)}, from ${short(head.least)} to ${short(head.most)}`),
      mapsOf(head, arrays.maps),
    );
  });
  draw();
  return onChange((changed) => {
    if (["layer", "input", "weights"].some((name) => changed.has(name))) draw();
  });
}

function mapsOf(head, maps) {
  const shown = make("div.mosaic");
  if (head.is_picture) {
    const canvas = make("canvas.large");
    drawPicture(canvas, maps, head.black, head.white);
    shown.append(canvas);
  } else if (maps.shape.length === 3) {
    for (let channel = 0; channel < maps.shape[2]; channel++) {
      const canvas = make("canvas", { role: "img", "aria-label": `Map ${channel}`, title: `map ${channel}` });
      drawMap(canvas, maps, channel, head.limit);
      shown.append(canvas);
    }
  }
  return shown;
}
