// A word more for a model, from a few takes of it.

import assert from "node:assert/strict";
import test from "node:test";
import { enrol, Model, Spotter } from "../js/node.js";
import { file, joined, samples } from "./fixtures.mjs";

const VOICES = ["en-gb-f2", "en-gb-scotland-m3", "en-us"];
const take = (word, voice) => samples(`tests/data/keywords/${word}/${voice}.wav`);
const zh = file("models/zh.onnx");

/** What a model hears of a recording in a quiet room. */
function heard(model, recording) {
  const pause = new Int16Array(32_000);
  const spotter = new Spotter(model);
  const all = [...spotter.push(joined(pause, recording, pause)), ...spotter.flush()].map(({ keyword }) => keyword);
  spotter.free();
  return all;
}

test("a word of two voices is heard of a third, and the model's own words are kept", async () => {
  const takes = VOICES.slice(0, 2).map((voice) => take("down", voice));
  const { model, deviations, leastDeviations, posteriors } = await enrol({ model: zh, word: "down", takes });
  const [before, after] = [new Model(zh), new Model(model)];
  assert.deepEqual(after.keywords, [...before.keywords, "down"]);
  assert.deepEqual(Object.keys(posteriors), before.manifest.labels.map(({ name }) => name));
  assert.equal(deviations.length, 2);
  assert.ok(leastDeviations >= 10 && deviations.every((found) => found > 0), `${deviations}, ${leastDeviations}`);
  assert.deepEqual(heard(after, take("down", VOICES[2])), ["down"]);
  assert.deepEqual(heard(before, take("down", VOICES[2])), []);
});

test("floats are the whole samples that they stand for, and a model of the package is found by its language", async () => {
  const whole = take("down", VOICES[0]);
  const floats = Float32Array.from(whole, (sample) => sample / 32768);
  const [a, b] = await Promise.all([whole, floats].map((one) => enrol({ model: "zh", word: "down", takes: [one] })));
  assert.deepEqual(a, b);
});

test("what is no take, no word or no model is refused with the reason, and the next one is learnt", async () => {
  const good = take("down", VOICES[0]);
  await assert.rejects(enrol({ model: zh, word: "kava", takes: [good, new Int16Array(16_000)] }), /take 2: .*found 0\.00 seconds/);
  await assert.rejects(enrol({ model: zh, word: "kava", takes: [new Float32Array(0)] }), /take 1: .*found 0\.00 seconds/);
  await assert.rejects(enrol({ model: zh, word: "kava", takes: [[0.5]] }), /expected a Float32Array or an Int16Array, found Array/);
  await assert.rejects(enrol({ model: zh, word: "kava", takes: [] }), /needs at least one take/);
  await assert.rejects(enrol({ model: zh, word: "unknown", takes: [good] }), /unknown/);
  await assert.rejects(enrol({ model: new Uint8Array(9), word: "kava", takes: [good] }), /ONNX/);
  assert.ok((await enrol({ model: zh, word: "kava", takes: [good] })).model.length > zh.length);
});
