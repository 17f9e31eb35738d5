// polyspot in Node: the module is read from beside this file, and everything but reading models is synchronous.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { enrolWith } from "./enrolment.js";
import { Model, moduleFile, start } from "./spotting.js";

export { Base, FrontEnd, memoryBytes, Model, Spotter } from "./spotting.js";

start(new WebAssembly.Module(readFileSync(new URL(`../dist/${moduleFile()}`, import.meta.url))));

/** @param {any} source */
export async function loadModel(source) {
  return source instanceof Model ? source : new Model(await modelBytes(source));
}

/** The bytes of a model: those given, those of a file, or those of a model of this package by its language. @param {any} source */
async function modelBytes(source) {
  if (typeof source === "string" && /^[a-z]{2,3}$/.test(source)) {
    return readFile(new URL(`../models/${source}.onnx`, import.meta.url));
  }
  return typeof source === "string" || source instanceof URL ? readFile(source) : source;
}

/** @param {any} options */
export async function enrol({ model, word, takes }) {
  const load = async () => new WebAssembly.Module(await readFile(new URL("../dist/polyspot_enrolment.wasm", import.meta.url)));
  return enrolWith(load, await modelBytes(model), word, takes);
}

export async function listen() {
  throw new Error("listen() needs a browser's microphone: in Node push samples into a Spotter");
}
