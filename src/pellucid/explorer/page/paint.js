// The one drawing rule, as in `pellucid/colors.py`: white is zero, orange is positive, blue is negative, and darker is
// farther from zero. A test compares the pixels of both.

const POSITIVE = [[255, 255, 255], [244, 188, 160], [218, 124, 72], [167, 73, 0], [101, 40, 0]];
const NEGATIVE = [[255, 255, 255], [170, 205, 251], [91, 154, 234], [31, 104, 188], [8, 60, 117]];
export const NOT_A_NUMBER = [128, 128, 128];

/** To the nearest whole number; halves to the even one, as NumPy does. @param {number} value */
function rint(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest === 0.5 ? below + (below % 2) : Math.round(value);
}

/**
 * Red, green and blue of a number.
 * @param {number} value
 * @param {number} limit the magnitude that is darkest
 * @returns {number[]}
 */
export function colorOf(value, limit) {
  if (!Number.isFinite(value)) return NOT_A_NUMBER;
  const distance = limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0;
  const steps = distance * (POSITIVE.length - 1);
  const lower = Math.min(Math.floor(steps), POSITIVE.length - 2);
  const rest = steps - lower;
  const ramp = value < 0 ? NEGATIVE : POSITIVE;
  return ramp[lower].map((part, index) => rint(part * (1 - rest) + ramp[lower + 1][index] * rest));
}

/** Black or white, whichever can be read on a colour. @param {number[]} color */
export function inkOn(color) {
  const linear = color.map((part) => (part <= 0.04045 * 255 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.179 ? "#fff" : "#000";
}

/**
 * Draw one channel of maps on a canvas, a cell a pixel; CSS makes it larger.
 * @param {HTMLCanvasElement} canvas
 * @param {import("/page/wire.js").Values} maps (rows, columns, channels)
 * @param {number} channel
 * @param {number} limit
 */
export function drawMap(canvas, maps, channel, limit) {
  const [rows, columns, channels] = maps.shape;
  onCanvas(canvas, rows, columns, (cell) => colorOf(maps.data[cell * channels + channel], limit));
}

/**
 * Draw a picture of one channel or three on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {import("/page/wire.js").Values} maps
 * @param {number} black the value that is black
 * @param {number} white
 */
export function drawPicture(canvas, maps, black, white) {
  const [rows, columns, channels] = maps.shape;
  const level = (/** @type {number} */ value) =>
    Number.isFinite(value) ? Math.max(0, Math.min(255, Math.round((255 * (value - black)) / (white - black)))) : 128;
  onCanvas(canvas, rows, columns, (cell) =>
    [0, 1, 2].map((part) => level(maps.data[cell * channels + (channels === 1 ? 0 : part)])));
}

/**
 * What is drawn on a canvas with. It is kept in main memory: else each of a hundred small maps would be a texture and a layer
 * of its own for the browser, whose upkeep takes longer than all the drawing.
 * @param {HTMLCanvasElement} canvas
 * @returns {any}
 */
export const penOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true });

function onCanvas(canvas, rows, columns, color) {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = penOf(canvas);
  const image = context.createImageData(columns, rows);
  for (let cell = 0; cell < rows * columns; cell++) {
    const [red, green, blue] = color(cell);
    image.data.set([red, green, blue, 255], 4 * cell);
  }
  context.putImageData(image, 0, 0);
}
