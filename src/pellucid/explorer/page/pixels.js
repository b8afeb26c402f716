// Pixels of a canvas as input; while one is on its way the newest waits, and what lies between is dropped.

import { postBytes } from "/page/api.js";
import { trying } from "/page/problem.js";

/**
 * @param {"drawing"|"camera"} source
 * @returns {(canvas: HTMLCanvasElement) => void}
 */
export function pixelSender(source) {
  let sending = false;
  /** @type {HTMLCanvasElement|null} */
  let waiting = null;
  return async function send(canvas) {
    waiting = canvas;
    if (sending) return;
    sending = true;
    while (waiting !== null) {
      const { width, height } = waiting;
      const pixels = waiting.getContext("2d").getImageData(0, 0, width, height).data.buffer;
      waiting = null;
      await trying(async () => void (await postBytes(`input/pixels?rows=${height}&columns=${width}&source=${source}`, pixels)));
    }
    sending = false;
  };
}
