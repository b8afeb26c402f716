// An image file that is dropped anywhere on the page becomes the input, whichever panel is shown. No file that is
// dropped may take the page away, as browsers do on their own.

import { postBytes } from "/page/api.js";
import { tellProblem, trying } from "/page/problem.js";

/** Send an image file as input. @param {Blob} file @param {string} of which of several inputs; "" for the only one */
export const sendFile = (file, of) => {
  const query = of === "" ? "" : `?${new URLSearchParams({ of })}`;
  return trying(async () => void (await postBytes(`input/file${query}`, file)), sendFile);
};

/** @param {any} told what the server says of network and samples */
export function takeDrops({ inputs }) {
  const pictures = inputs.filter((each) => each.picture);
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => isFile(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    const id = event.target.closest?.("[data-input], [data-id]")?.dataset; // of several the one that it was dropped on
    const on = pictures.find((each) => [id?.input, id?.id].includes(each.id)) ?? pictures[0];
    if (!on) tellProblem("This network takes no pictures as input, so the file was left alone.");
    else if (file) sendFile(file, inputs.length > 1 ? on.id : "");
  });
}
