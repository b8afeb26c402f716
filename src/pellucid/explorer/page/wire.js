// What `wire.py` packs: a head in JSON, and arrays of float32 behind it.

/**
 * @typedef {{shape: number[], data: Float32Array}} Values
 * @param {ArrayBuffer} message
 * @returns {{head: any, arrays: Record<string, Values>}}
 */
export function unpacked(message) {
  const length = new DataView(message).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
  /** @type {Record<string, Values>} */
  const arrays = {};
  let place = 4 + length;
  for (const { name, shape } of head.arrays) {
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    arrays[name] = { shape, data: new Float32Array(message, place, count) };
    place += 4 * count;
  }
  return { head, arrays };
}
