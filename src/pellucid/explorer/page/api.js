// Asking the server. The token came with the address; it is kept for this tab and taken out of what the tab shows.

import { patiently } from "/page/waiting.js";
import { unpacked } from "/page/wire.js";

const KEPT = "pellucid token";
const given = new URLSearchParams(location.search);

/** The origin of the notebook around the page; "" for none. */
export const frame = given.get("frame") ?? "";

function token() {
  try {
    if (given.has("token")) sessionStorage.setItem(KEPT, given.get("token") ?? "");
    if (!frame) history.replaceState(null, "", location.pathname + location.hash);
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return given.get("token") ?? ""; // nothing may be kept in this frame
  }
}

const headers = { "x-pellucid-token": token() };

/** A word that the pages of one server share, and no others. */
export const ours = `pellucid ${headers["x-pellucid-token"]}`;

/** What the server answers when it cannot do what was asked: its sentence. */
export class Refused extends Error {}

/** There is no answer at all. */
export class Unreachable extends Refused {}

/** Whether the server answered, and would not do what was asked. @param {any} error */
export const isRefused = (error) => error instanceof Refused && !(error instanceof Unreachable);

const sent = (path, settings = {}) => fetch(`/api/${path}`, { ...settings, headers: { ...headers, ...settings.headers } });

/** What is answered at once; what may take its time is asked for alone, so that nothing waits for it. */
const QUICK = /^(answer|edits|input|thumbnails|training|training\/curves)(\?|$)|^(field|filters?|maps|value|training\/filters)\//;
const MOST = 32; // questions in one request
/** @type {{path: string, take: (answer: any) => void, fail: (error: any) => void}[]} */
let waiting = [];
const later = new MessageChannel();
later.port1.onmessage = () => {
  const all = waiting;
  waiting = [];
  for (let from = 0; from < all.length; from += MOST) askTogether(all.slice(from, from + MOST));
};

/** Ask in one request for all that is asked for at the same time, so that it is answered, and drawn, at once. */
const together = (path) => new Promise((take, fail) => {
  if (!waiting.length) later.port2.postMessage(null);
  waiting.push({ path, take, fail });
});

async function askTogether(questions) {
  try {
    if (questions.length === 1) {
      questions[0].take(await sent(questions[0].path));
      return;
    }
    const response = await sent("together", { method: "POST", body: JSON.stringify({ paths: questions.map(({ path }) => path) }) });
    if (!response.ok) {
      const error = await response.json().catch(() => ({ error: response.statusText }));
      for (const { take } of questions) take({ ok: false, json: async () => error });
      return;
    }
    const bytes = await response.arrayBuffer();
    const told = new DataView(bytes);
    let at = 0;
    for (const { take } of questions) {
      const [status, length] = [told.getUint32(at, true), told.getUint32(at + 4, true)];
      const own = bytes.slice(at + 8, at + 8 + length);
      at += 8 + length;
      take({ ok: status === 200, json: async () => JSON.parse(new TextDecoder().decode(own)), arrayBuffer: async () => own });
    }
  } catch (error) {
    for (const { fail } of questions) fail(error);
  }
}

async function asked(path, settings = undefined) {
  let response;
  try {
    const work = settings || !QUICK.test(path) ? sent(path, settings) : together(path);
    response = await (path === "events" ? work : patiently(work, async () => (await sent("training")).json()));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable("The server does not answer; it may have been stopped.");
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({ error: response.statusText }));
  throw new Refused(told.error);
}

/** JSON of a path below /api/. @param {string} path @returns {Promise<any>} */
export const get = async (path) => (await asked(path)).json();

/** A head and arrays of a path. @param {string} path */
export const getArrays = async (path) => unpacked(await (await asked(path)).arrayBuffer());

/** Send an object; the answer as JSON. @param {string} path @param {object} sent @returns {Promise<any>} */
export const post = async (path, sent) => (await sending(path, sent)).json();

/** Send an object; the answer as a head and arrays. @param {string} path @param {object} sent */
export const postArrays = async (path, sent) => unpacked(await (await sending(path, sent)).arrayBuffer());

const sending = (path, sent) => posted(path, JSON.stringify(sent), "application/json");

/** Send bytes, such as a file; the answer as JSON. @param {string} path @param {Blob|ArrayBuffer} bytes */
export const postBytes = async (path, bytes) => (await posted(path, bytes, "application/octet-stream")).json();

/** @type {Promise<any>} */
let choosing = Promise.resolve();

/** What is to be the input is sent one after the other: a picture of the camera that is on its way replaces no later choice. */
function posted(path, body, type) {
  const send = () => asked(path, { method: "POST", body, headers: { "content-type": type } });
  if (!/^input(\W|$)/.test(path)) return send();
  const sent = choosing.then(send);
  choosing = sent.catch(() => {});
  return sent;
}

/** A file of a path, as it is. @param {string} path */
export const getFile = async (path) => (await asked(path)).blob();

/** A part of a path, safe to stand in it: layers inside have slashes. @param {string} text */
export const inPath = (text) => text.split("/").map(encodeURIComponent).join("/");

/**
 * Listen to what happens, for as long as the page is there; connects again by itself.
 * @param {(kind: string, data: any) => void} hear
 */
export async function listen(hear) {
  for (let pause = 250; ; pause = Math.min(pause * 2, 5000)) {
    let sentence = "";
    try {
      const reader = (await asked("events")).body.pipeThrough(new TextDecoderStream()).getReader();
      pause = 250;
      const read = () => reader.read().catch(() => ({ done: true, value: "" })); // torn off, as where the server was killed
      for (let text = "", part = await read(); !part.done; part = await read()) {
        text += part.value;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) {
          const found = /^event: (.*)\ndata: (.*)$/s.exec(block);
          if (found) hear(found[1], JSON.parse(found[2]));
        }
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!(error instanceof Unreachable)) sentence = error.message; // as of a server that was started anew
    }
    hear("gone", { sentence });
    await new Promise((done) => setTimeout(done, pause));
  }
}
