// Words from a few takes. Its module is another one, loaded when the first word is learnt: who only listens does without.

import { Border } from "./spotting.js";

/** The module, once it has been asked for. @type {Promise<Border> | null} */
let loading = null;

/**
 * Adds a word to a model.
 * @param {() => Promise<WebAssembly.Module>} load the module
 * @param {unknown} model its file @param {string} word @param {unknown[]} takes
 */
export async function enrolWith(load, model, word, takes) {
  loading ??= load().then((module) => new Border(module));
  const border = await loading.catch((error) => {
    loading = null;
    throw error;
  });
  border.giveBytes(model, "model");
  border.call("begin_enrolment", 0);
  for (const take of takes) {
    border.giveSamples(take, (at) => border.call("add_take", 0, at > 0 ? 1 : 0));
    if (/** @type {any} */ (take).length === 0) {
      // It has a number too, for the error.
      border.call("room_for_samples", 0, 0);
      border.call("add_take", 0, 0);
    }
  }
  border.giveBytes(new TextEncoder().encode(word), "word");
  const length = border.call("enrol", 0);
  const made = new Uint8Array(border.memory, border.exports.polyspot_made(), length).slice();
  const { labels, posteriors, ...about } = JSON.parse(border.text());
  const ofLabels = labels.map((/** @type {string} */ label, /** @type {number} */ index) => [label, posteriors[index]]);
  return { model: made, ...about, posteriors: Object.fromEntries(ofLabels) };
}
