// What happens, as it happens. Of the pages that a browser has open on a server one listens for all: browsers make six
// connections to a server at most, and pages that listened each for itself would soon leave none to ask anything by.

import { listen, ours } from "/page/api.js";

/** @type {Map<string, (data: any) => void>} */
const takers = new Map();

/** Take all that is told of one kind, instead of who took it before. @param {string} kind @param {(data: any) => void} take */
export const takeAll = (kind, take) => void takers.set(kind, take);

/**
 * Hear of what happens, for as long as the page is there.
 * @param {(kind: string, data: any) => void} rest hears of what nobody takes
 */
export function hearAll(rest) {
  const hear = (kind, data) => (takers.get(kind) ?? ((told) => rest(kind, told)))(data);
  if (!navigator.locks || !globalThis.BroadcastChannel) { // as where the server is another machine, without encryption
    listen(hear);
    return;
  }
  const others = new BroadcastChannel(ours);
  others.onmessage = ({ data: [kind, data] }) => hear(kind, data);
  navigator.locks.request(ours, () => listen((kind, data) => {
    others.postMessage([kind, data]);
    hear(kind, data);
  })).catch((error) => {
    if (error.name !== "SecurityError") throw error;
    listen(hear); // in a frame in which nothing may be kept
  });
}
