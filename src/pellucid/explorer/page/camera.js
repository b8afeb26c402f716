// The camera as input, where there is one: a picture every tenth of a second, until it is stopped.

import { make } from "/page/dom.js";
import { pixelSender } from "/page/pixels.js";
import { tellProblem } from "/page/problem.js";

const SIDE = 256; // pixels of what is sent
const EVERY_MS = 100;

/** @param {HTMLElement} root @param {string} of which of several inputs; "" for the only one @returns {() => void} stops it */
export function showCamera(root, of) {
  if (!navigator.mediaDevices?.getUserMedia) return () => {};
  const video = make("video", { muted: true, playsinline: true, hidden: true });
  const canvas = make("canvas", { width: SIDE, height: SIDE, hidden: true });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const send = pixelSender("camera", of);
  /** @type {MediaStream|null} */
  let stream = null;
  let timer = 0;
  const button = make("button", { onclick: () => (stream ? stop() : start()) }, "Use the camera");
  const look = () => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (!side) return;
    const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    pen.drawImage(video, left, top, side, side, 0, 0, SIDE, SIDE);
    send(canvas);
  };
  let turn = 0; // until somebody has been asked whether the camera may be used, it may be wanted no more
  const free = (given) => given.getTracks().forEach((track) => track.stop());
  async function start() {
    const mine = ++turn;
    try {
      const given = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
      if (mine !== turn) {
        free(given);
        return;
      }
      video.srcObject = stream = given;
      await video.play();
    } catch (error) {
      if (mine !== turn) return;
      stop();
      tellProblem(`There is no camera that may be used (${error.name}).`);
      return;
    }
    if (mine !== turn) return;
    button.textContent = "Stop the camera";
    timer = setInterval(look, EVERY_MS);
  }
  function stop() {
    turn += 1;
    clearInterval(timer);
    if (stream) free(stream);
    stream = null;
    button.textContent = "Use the camera";
  }
  root.replaceChildren(make("p", {}, button), video, canvas);
  return stop;
}
