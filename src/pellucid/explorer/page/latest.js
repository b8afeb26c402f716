// Asking again and again, as choices and weights change: one request at a time, and what is outdated is not drawn.

/**
 * @template T
 * @param {() => string} key what is asked for; an answer is dropped if this has changed meanwhile
 * @param {() => Promise<T>} ask
 * @param {(answer: T) => void} draw
 * @returns {() => Promise<void>} to be called whenever something has changed
 */
export function latest(key, ask, draw) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        const wanted = key();
        const answer = await ask();
        if (wanted === key()) draw(answer);
        else again = true;
      }
    } finally {
      running = false;
    }
  };
}
