// polyspot in a browser. The module is fetched while this file is imported; then all but listening is synchronous, as in Node.

import { modelBytes, module } from "./loading.js";
import { Model, start } from "./spotting.js";

export { listen } from "./listen.js";
export { Base, FrontEnd, memoryBytes, Model, Spotter } from "./spotting.js";

start(module);

/** @param {any} source */
export async function loadModel(source) {
  return source instanceof Model ? source : new Model(await modelBytes(source));
}
