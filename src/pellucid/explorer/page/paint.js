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
 * Put red, green and blue of a number into bytes; without an array for each of the thousands of cells that a page draws at once.
 * @param {Uint8ClampedArray|number[]} bytes
 * @param {number} at the place of the red one
 * @param {number} value
 * @param {number} limit the magnitude that is darkest
 */
function putColor(bytes, at, value, limit) {
  if (!Number.isFinite(value)) {
    for (let part = 0; part < 3; part++) bytes[at + part] = NOT_A_NUMBER[part];
    return;
  }
  const distance = limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0;
  const steps = distance * (POSITIVE.length - 1);
  const lower = Math.min(Math.floor(steps), POSITIVE.length - 2);
  const rest = steps - lower;
  const ramp = value < 0 ? NEGATIVE : POSITIVE;
  const [below, above] = [ramp[lower], ramp[lower + 1]];
  for (let part = 0; part < 3; part++) bytes[at + part] = rint(below[part] * (1 - rest) + above[part] * rest);
}

/**
 * Red, green and blue of a number.
 * @param {number} value
 * @param {number} limit the magnitude that is darkest
 * @returns {number[]}
 */
export function colorOf(value, limit) {
  const color = [0, 0, 0];
  putColor(color, 0, value, limit);
  return color;
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
  onCanvas(canvas, rows, columns, (cell, bytes) => putColor(bytes, 4 * cell, maps.data[cell * channels + channel], limit));
}

/**
 * Draw all channels of maps on one canvas, side by side in rows, a pixel of the canvas a pixel of the screen: however many
 * there are, the browser has one picture to renew.
 * @param {HTMLCanvasElement} canvas
 * @param {import("/page/wire.js").Values} maps (rows, columns, channels)
 * @param {number} limit
 * @param {{across: number, side: number, gap: number}} tiles how many stand in a row, pixels of a cell, pixels between
 */
export function drawTiles(canvas, maps, limit, { across, side, gap }) {
  const [rows, columns, channels] = maps.shape;
  const [wide, high] = [columns * side + gap, rows * side + gap];
  const [width, height] = [Math.min(channels, across) * wide - gap, Math.ceil(channels / across) * high - gap];
  sized(canvas, height, width);
  const context = penOf(canvas);
  const image = context.createImageData(width, height);
  const [pixels, color] = [new Uint32Array(image.data.buffer), new Uint8ClampedArray([0, 0, 0, 255])];
  const packed = new Uint32Array(color.buffer);
  for (let channel = 0; channel < channels; channel++) {
    const corner = Math.floor(channel / across) * high * width + (channel % across) * wide;
    for (let row = 0; row < rows; row++) {
      const first = corner + row * side * width;
      for (let column = 0; column < columns; column++) {
        putColor(color, 0, maps.data[(row * columns + column) * channels + channel], limit);
        pixels.fill(packed[0], first + column * side, first + (column + 1) * side);
      }
      for (let line = 1; line < side; line++) pixels.copyWithin(first + line * width, first, first + columns * side);
    }
  }
  context.putImageData(image, 0, 0);
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
  onCanvas(canvas, rows, columns, (cell, bytes) => {
    for (let part = 0; part < 3; part++) bytes[4 * cell + part] = levelOf(maps.data[cell * channels + (channels === 1 ? 0 : part)], black, white);
  });
}

/**
 * Red, green and blue of a place in a picture.
 * @param {import("/page/wire.js").Values} maps
 * @param {number} cell rows one behind the other
 * @param {number} black
 * @param {number} white
 * @returns {number[]}
 */
export const shadeOf = ({ shape: [, , channels], data }, cell, black, white) =>
  [0, 1, 2].map((part) => levelOf(data[cell * channels + (channels === 1 ? 0 : part)], black, white));

const levelOf = (/** @type {number} */ value, /** @type {number} */ black, /** @type {number} */ white) =>
  Number.isFinite(value) ? Math.max(0, Math.min(255, Math.round((255 * (value - black)) / (white - black)))) : NOT_A_NUMBER[0];

/**
 * What is drawn on a canvas with. It is kept in main memory: else each of a hundred small maps would be a texture and a layer
 * of its own for the browser, whose upkeep takes longer than all the drawing.
 * @param {HTMLCanvasElement} canvas
 * @returns {any}
 */
export const penOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true });

function sized(canvas, rows, columns) {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
}

function onCanvas(canvas, rows, columns, put) {
  sized(canvas, rows, columns);
  const context = penOf(canvas);
  const image = context.createImageData(columns, rows);
  const bytes = image.data;
  for (let cell = 0; cell < rows * columns; cell++) {
    put(cell, bytes);
    bytes[4 * cell + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
