// What else there is to see of a value, asked for when it is opened: the way to the pixels along the largest term each
// time, and what each channel adds to the whole map.

import { get, getArrays, inPath, isRefused } from "/page/api.js";
import { make, short } from "/page/dom.js";
import { frameOn } from "/page/fields.js";
import { planeView, planesOf } from "/page/map_view.js";
import { trying } from "/page/problem.js";
import { named, touch } from "/page/touch.js";

/** What has been opened stays open from value to value. @type {Set<string>} */
const open = new Set();

/** @param {any} head what the server says of the value @returns {HTMLElement[]} */
export function moreOf(head) {
  const isOne = !head.grids && head.terms?.listed.length === 1; // a number times a factor, as in a normalisation
  const hasChannels = head.combination === "sum of products" && head.shape.length > 1 && !isOne;
  return [
    opening("Back to the pixels, along the largest term each time", head, drawWay),
    ...(hasChannels ? [opening("What each channel adds to the whole map", head, drawPartial)] : []),
  ];
}

function opening(title, head, draw) {
  const inside = make("div");
  const details = make("details", { open: open.has(title) }, make("summary", {}, title), inside);
  details.isFresh = true; // what is in it is of this value
  details.addEventListener("toggle", () => {
    if (details.open) open.add(title);
    else open.delete(title);
    if (details.open && !inside.firstChild) trying(() => draw(inside, head).catch((error) => told(inside, error)));
  });
  return details;
}

/** What cannot be shown of this value says so in its place; a server that does not answer is everybody's trouble. */
function told(root, error) {
  if (!isRefused(error)) throw error;
  root.replaceChildren(make("p", {}, `${error.message}.`));
}

async function drawWay(root, { layer, at }) {
  const { steps } = await get(`way/${inPath(layer)}?at=${at}`);
  root.replaceChildren(
    make(
      "ol.back",
      {},
      ...steps.map((/** @type {any} */ step) =>
        make(
          "li",
          {},
          make("button", { onclick: () => touch(step) }, named(step)),
          ` = ${short(step.value)}`,
          step.product === undefined ? "" : step.product === null ? ", from" : `, of which ${short(step.product)} from`,
        ),
      ),
    ),
  );
}

async function drawPartial(root, { layer, at }) {
  const { head, arrays } = await getArrays(`partial/${inPath(layer)}?at=${at}`);
  const cell = [at.map((/** @type {number} */ place) => [place, place]).slice(0, -1), arrays.maps.shape];
  const maps = head.channels.map((/** @type {number} */ channel, /** @type {number} */ index) =>
    make(
      "figure.sheet",
      {},
      ...planesOf(arrays.maps, index)
        .slice(0, 1)
        .map((plane) => {
          const view = planeView(plane, {
            limit: head.limit,
            width: 92,
            least: 22,
            label: `What channel ${channel} adds`,
          });
          if (at.length < 4) view.append(frameOn(cell[0], cell[1], "cursor"));
          return view;
        }),
      make("figcaption", {}, `channel ${channel}`),
    ),
  );
  const left = head.of > maps.length ? `, ${maps.length} of ${head.of}` : "";
  root.replaceChildren(
    make("p", {}, `Their sum and the bias are the map before the activation; those that add most come first${left}.`),
    make("div.mosaic", {}, ...maps),
  );
}
