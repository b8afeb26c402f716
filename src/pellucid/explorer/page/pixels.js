// Pixels of a canvas as input; while one is on its way the newest waits, and what lies between is dropped.

import { postBytes } from "/page/api.js";
import { oneAtATime } from "/page/newest.js";
import { trying } from "/page/problem.js";

/**
 * @param {"drawing"|"camera"} source
 * @returns {(canvas: HTMLCanvasElement) => void}
 */
export const pixelSender = (source) => oneAtATime((canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer;
  return trying(async () => void (await postBytes(`input/pixels?rows=${height}&columns=${width}&source=${source}`, pixels)));
});
