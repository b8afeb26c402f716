// Drawing an input with mouse, pen or finger, in the proportions of the network's input; dark or light as its samples.

import { make } from "/page/dom.js";
import { pixelSender } from "/page/pixels.js";

const SIDE = 224; // pixels of the longer side of the board
const STROKES = 10; // of the pen, in a part of the board

/** @param {HTMLElement} root @param {any} picture what the inputs are like @param {string} of which of several inputs; "" for the only one */
export function showDrawing(root, picture, of) {
  const scale = SIDE / Math.max(picture.rows, picture.columns);
  const board = make("canvas.board", {
    width: Math.max(8, Math.round(picture.columns * scale)),
    height: Math.max(8, Math.round(picture.rows * scale)),
    tabindex: 0,
    role: "img",
    "aria-label": "A board to draw on; with the keyboard: arrow keys move the pen, holding Shift draws",
  });
  const pen = board.getContext("2d", { willReadFrequently: true });
  const [ground, ink] = picture.is_dark ? ["#000", "#fff"] : ["#fff", "#000"];
  const color = picture.channels === 3 ? make("input", { type: "color", value: picture.is_dark ? "#ffffff" : "#000000", "aria-label": "Colour of the pen" }) : null;
  const send = pixelSender("drawing", of);
  const clear = () => {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, board.width, board.height);
  };
  let at = [board.width / 2, board.height / 2];
  const line = (to) => {
    Object.assign(pen, { strokeStyle: color?.value ?? ink, lineWidth: SIDE / STROKES, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    pen.moveTo(at[0], at[1]);
    pen.lineTo(to[0], to[1]);
    pen.stroke();
    at = to;
    send(board);
  };
  const place = (event) => {
    const box = board.getBoundingClientRect();
    return [((event.clientX - box.left) * board.width) / box.width, ((event.clientY - box.top) * board.height) / box.height];
  };
  board.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    board.focus();
    board.setPointerCapture(event.pointerId);
    at = place(event);
    line(at);
  });
  board.addEventListener("pointermove", (event) => {
    if (board.hasPointerCapture(event.pointerId)) line(place(event));
  });
  board.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const step = SIDE / 16;
    const to = [at[0] + by[0] * step, at[1] + by[1] * step].map((value, axis) =>
      Math.max(0, Math.min(axis ? board.height : board.width, value)));
    if (event.shiftKey) line(to);
    else at = to;
  });
  clear();
  root.replaceChildren(
    make("p", {}, "Draw one:"), board,
    make("p.choices", {}, make("button", { onclick: () => { clear(); send(board); } }, "Wipe the board"), color),
  );
}
