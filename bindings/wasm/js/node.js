// polyspot in Node: the module is read from beside this file, and everything but reading models is synchronous.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Model, moduleFile, start } from "./spotting.js";

export { Base, FrontEnd, memoryBytes, Model, Spotter } from "./spotting.js";

start(new WebAssembly.Module(readFileSync(new URL(`../dist/${moduleFile()}`, import.meta.url))));

/** @param {any} source */
export async function loadModel(source) {
  if (source instanceof Model) return source;
  if (typeof source === "string" && /^[a-z]{2,3}$/.test(source)) {
    return new Model(await readFile(new URL(`../models/${source}.onnx`, import.meta.url)));
  }
  return new Model(typeof source === "string" || source instanceof URL ? await readFile(source) : source);
}

export async function listen() {
  throw new Error("listen() needs a browser's microphone: in Node push samples into a Spotter");
}
