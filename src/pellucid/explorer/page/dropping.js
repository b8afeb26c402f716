// An image file that is dropped anywhere on the page becomes the input, whichever panel is shown. No file that is
// dropped may take the page away, as browsers do on their own.

import { postBytes } from "/page/api.js";
import { tellProblem, trying } from "/page/problem.js";

/** Send an image file as input. @param {Blob} file */
export const sendFile = (file) => trying(async () => void (await postBytes("input/file", file)));

/** @param {any} told what the server says of network and samples */
export function takeDrops({ picture }) {
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => isFile(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (!picture) tellProblem("This network takes no pictures as input, so the file was left alone.");
    else if (file) sendFile(file);
  });
}
