// polyspot in a browser. The module is fetched while this file is imported; then all but listening is synchronous, as in Node.

import { enrolWith } from "./enrolment.js";
import { compiled, modelBytes, module } from "./loading.js";
import { Model, start } from "./spotting.js";

export { listen } from "./listen.js";
export { Base, FrontEnd, memoryBytes, Model, Spotter } from "./spotting.js";

start(module);

/** @param {any} source */
export async function loadModel(source) {
  return source instanceof Model ? source : new Model(await modelBytes(source));
}

/** @param {any} options */
export async function enrol({ model, word, takes }) {
  return enrolWith(() => compiled("polyspot_enrolment.wasm"), await modelBytes(model), word, takes);
}
