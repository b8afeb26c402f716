// The panel where things are kept: the model, a picture of what is chosen, everything as a report, this place.

import { getFile, isRefused, post } from "/page/api.js";
import { keepingFocus, make } from "/page/dom.js";
import { takeAll } from "/page/listening.js";
import { trying } from "/page/problem.js";
import { choice, choose, onChange } from "/page/store.js";

/** What there is a picture of, what it needs to be chosen, and what it is called. */
const PICTURES = [
  { of: "maps", needs: [], says: "Its feature maps" },
  { of: "filters", needs: ["filters"], says: "Its filters" },
  { of: "sum", needs: ["value"], says: "The sum of the value" },
  { of: "trace", needs: ["value"], says: "The value, traced to the input" },
  { of: "field", needs: ["value"], says: "What the value sees" },
];

/** The same of the training, whatever is chosen. */
const OF_TRAINING = [
  { of: "curves", needs: ["training"], says: "Its curves, epoch by epoch" },
  { of: "confusion", needs: ["classes"], says: "What is taken for what" },
];

/** @param {HTMLElement} root @param {any} told @returns {() => void} */
export function show(root, { scene, inputs, samples, can_train: canTrain }) {
  const said = make("p", { "aria-live": "polite" });
  const keep = (path, name, what) => trying(async () => {
    said.textContent = `${what} is being made ...`;
    const file = await getFile(path).finally(() => void (said.textContent = ""));
    download(file, name);
    said.textContent = `${name}, ${(file.size / 1000).toFixed(0)} kB.`;
  });
  const [report, stop] = [make("button", {}, "Everything as a report"), make("button", { hidden: true }, "Break it off")];
  report.onclick = () => trying(async () => {
    const job = `report ${Date.now()}`;
    const [name, what] = [`${scene.name}.html`, "The report"];
    let isStopped = false;
    stop.onclick = () => {
      isStopped = true;
      said.textContent = `${what} is being broken off: what is being made of it now is made to its end ...`;
      trying(async () => void (await post("keep/report/stop", { job })));
    };
    takeAll("making", (told) => {
      if (told.job === job && !isStopped) said.textContent = `${what} is being made, part ${told.number} of ${told.count}: ${told.what} ...`;
    });
    keepingFocus(root, () => ([report.disabled, stop.hidden] = [true, false]));
    said.textContent = `${what} is being made ...`;
    try {
      const file = await getFile(`keep/report?job=${encodeURIComponent(job)}`);
      download(file, name);
      said.textContent = `${name}, ${(file.size / 1000).toFixed(0)} kB.`;
    } catch (error) {
      said.textContent = isStopped && isRefused(error) ? `${error.message}.` : "";
      if (!isStopped || !isRefused(error)) throw error;
    } finally {
      keepingFocus(root, () => ([report.disabled, stop.hidden] = [false, true]));
    }
  });
  /** A field is drawn on one input: of several on each. */
  const onEach = (kind) => (kind.of !== "field" || inputs.length === 1 ? [kind]
    : inputs.map(({ id }) => ({ ...kind, says: `${kind.says} of ${id}`, on: id })));
  const draw = () => {
    const node = scene.nodes.find((each) => each.id === choice("layer")) ?? scene.nodes[0];
    const has = (need) => ({
      value: choice("value") !== "" && !node.is_input, filters: Object.keys(node.banks).length > 0, training: canTrain, classes: samples.has_classes,
    })[need];
    const query = new URLSearchParams({
      layer: node.id, ...(choice("value") ? { value: choice("value") } : {}), ...(choice("bank") ? { bank: choice("bank") } : {}),
    });
    const picturesOf = (kinds, name) => kinds.filter(({ needs }) => needs.every(has)).flatMap(onEach).map(({ of, says, on = "" }) =>
      make("p.choices", {}, `${says}: `, ...["png", "svg", "pdf"].map((format) => make("button", {
        onclick: () => keep(`keep/picture?of=${of}&format=${format}&input=${encodeURIComponent(on)}&${query}`,
          `${[name, of, on].filter(Boolean).join("-").replaceAll("/", "-")}.${format}`, "The picture"),
      }, format.toUpperCase()))));
    const ofTraining = picturesOf(OF_TRAINING, scene.name);
    keepingFocus(root, () => root.replaceChildren(
      make("p.choices", {},
        make("button", { onclick: () => keep("keep/model", `${scene.name}.keras`, "The file") }, "The model as a file"),
        report, stop,
        make("button", { onclick: copyPlace }, "Copy this place")),
      make("h2", {}, `Pictures of ${node.id}`),
      ...picturesOf(PICTURES, node.id),
      ...(ofTraining.length ? [make("h2", {}, "Pictures of the training"), ...ofTraining] : []), said,
      make("p", {}, "What is chosen stands behind # in the address: reload, and it is here again; after a restart put it behind the new address."),
    ));
  };
  const copyPlace = () => trying(async () => {
    await navigator.clipboard?.writeText(location.hash).catch(() => {});
    said.textContent = `This place: ${location.hash || "#"}`;
  });
  draw();
  return onChange((changed) => {
    if (changed.has("layer") || changed.has("value")) draw();
  });
}

/** Hand a file to the browser, as if it had been a link. */
function download(file, name) {
  const address = URL.createObjectURL(file);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
