// A plane that is looked at through a window: zoomed around the pointer by wheel, pinch and keys, moved by dragging.

import { make } from "/page/dom.js";

const [LEAST, MOST] = [0.1, 4];
const A_DRAG = 5; // pixels: less is a click

/**
 * @param {HTMLElement} root that scrolls
 * @param {HTMLElement} plane what lies in it
 */
export function zooming(root, plane) {
  let zoom = 1;
  let size = [1, 1];
  const lay = () => {
    plane.style.zoom = String(zoom);
    plane.style.width = `${size[0]}px`;
    plane.style.height = `${size[1]}px`;
  };
  /** @param {number} wanted @param {number} [x] of the pointer @param {number} [y] */
  const to = (wanted, x, y) => {
    const box = root.getBoundingClientRect();
    const [px, py] = [(x ?? box.left + box.width / 2) - box.left, (y ?? box.top + box.height / 2) - box.top];
    const before = zoom;
    zoom = Math.max(LEAST, Math.min(MOST, wanted));
    const [left, top] = [((root.scrollLeft + px) / before) * zoom - px, ((root.scrollTop + py) / before) * zoom - py];
    lay();
    root.scrollTo(left, top);
  };
  const fit = () => {
    to(root.clientWidth / size[0]);
    root.scrollTo(0, 0);
  };
  root.addEventListener(
    "wheel",
    (event) => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return; // sideways: the browser scrolls
      event.preventDefault();
      to(zoom * Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 500)), event.clientX, event.clientY);
    },
    { passive: false },
  );
  root.addEventListener("keydown", (event) => {
    const keys = { "+": () => to(zoom * 1.25), "-": () => to(zoom * 0.8), 0: () => to(1), f: fit };
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
    keys[event.key]();
    event.preventDefault();
  });
  dragging(root);
  pinching(root, (factor, x, y) => to(zoom * factor, x, y));
  const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
    make("button", { "aria-label": label, title: label, onclick }, text);
  const tools = make(
    "div.zoom",
    { role: "group", "aria-label": "Zoom" },
    button("+", "Larger (+)", () => to(zoom * 1.25)),
    button("−", "Smaller (-)", () => to(zoom * 0.8)),
    button("fit", "Fit to the width (f)", fit),
  );
  /** As large as all of it fits into the window, between its own size and twice that. */
  const begin = () => to(Math.max(1, Math.min(2, root.clientWidth / size[0], root.clientHeight / size[1])));
  return {
    tools,
    begin,
    size: (/** @type {number} */ width, /** @type {number} */ height) => {
      size = [width, height];
      lay();
    },
  };
}

/** With the mouse; a finger scrolls as everywhere. */
function dragging(root) {
  root.addEventListener("pointerdown", (down) => {
    if (down.pointerType !== "mouse" || down.button !== 0) return;
    const [left, top] = [root.scrollLeft, root.scrollTop];
    let isDrag = false;
    const move = (/** @type {PointerEvent} */ event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      isDrag ||= Math.hypot(dx, dy) > A_DRAG;
      if (isDrag) {
        root.classList.add("dragged");
        root.scrollTo(left - dx, top - dy);
      }
    };
    const up = () => {
      removeEventListener("pointermove", move);
      root.classList.remove("dragged");
      if (isDrag) addEventListener("click", stop, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", stop, true));
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up, { once: true });
  });
}

const stop = (/** @type {Event} */ event) => event.stopPropagation();

/** Two fingers. @param {HTMLElement} root @param {(factor: number, x: number, y: number) => void} zoomed */
function pinching(root, zoomed) {
  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return {
      apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
      x: (a.clientX + b.clientX) / 2,
      y: (a.clientY + b.clientY) / 2,
    };
  };
  root.addEventListener("pointerdown", (event) => event.pointerType === "touch" && fingers.set(event.pointerId, event));
  root.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.size === 2 ? spread() : null;
    fingers.set(event.pointerId, event);
    if (!before) return;
    const after = spread();
    if (before.apart > 0) zoomed(after.apart / before.apart, after.x, after.y);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    root.addEventListener(name, (event) => fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
  }
}
