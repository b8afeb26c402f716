// Pixels of a canvas as input; while one is on its way the newest waits, and what lies between is dropped.

import { postBytes } from "/page/api.js";
import { oneAtATime } from "/page/newest.js";
import { trying } from "/page/problem.js";

/**
 * @param {"drawing"|"camera"} source
 * @param {string} of which of several inputs; "" for the only one
 * @returns {(canvas: HTMLCanvasElement) => void}
 */
export const pixelSender = (source, of) => oneAtATime((canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer;
  return trying(async () => void (await postBytes(`input/pixels?${new URLSearchParams({ rows: height, columns: width, source, ...(of ? { of } : {}) })}`, pixels)));
});
