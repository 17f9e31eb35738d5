// The laws of a stream hold in JavaScript.

import assert from "node:assert/strict";
import test from "node:test";
import { FrontEnd, Model, Spotter } from "../js/spotting.js";
import { file, FIVE_WORDS, samples, words } from "./support.mjs";

const en = new Model(file("models/en.onnx"));
const zh = new Model(file("models/zh.onnx"));
const keywords = (heard) => heard.map((detection) => detection.keyword);

test("five words are heard in their order", () => {
  const spotter = new Spotter(en);
  const heard = [...spotter.push(words(...FIVE_WORDS)), ...spotter.flush()];
  assert.deepEqual(keywords(heard), FIVE_WORDS);
  for (const { score, start, end } of heard) assert.ok(score > 0.3 && score <= 1 && start < end);
});

test("floats are heard as whole samples are", () => {
  const whole = words("yes", "no");
  const spotter = new Spotter(en);
  const expected = [...spotter.push(whole), ...spotter.flush()];
  const floats = Float32Array.from(whole, (sample) => sample / 32_768);
  assert.deepEqual([...spotter.push(floats), ...spotter.flush()], expected);
});

test("what was heard before reset is forgotten", () => {
  const audio = words("stop");
  const spotter = new Spotter(en);
  const expected = [...spotter.push(audio), ...spotter.flush()];
  spotter.push(words("yes"));
  spotter.reset();
  assert.deepEqual([...spotter.push(audio), ...spotter.flush()], expected);
});

test("languages change between two pushes", () => {
  const spotter = new Spotter(en);
  const heard = spotter.push(words("stop"));
  spotter.swap(zh);
  assert.deepEqual(spotter.models, [zh]);
  heard.push(...spotter.push(samples("tests/data/other_languages/zh_voice.wav")), ...spotter.push(new Int16Array(32_000)));
  spotter.swap([en, zh]);
  heard.push(...spotter.push(words("yes")), ...spotter.flush());
  assert.deepEqual(heard.map(({ keyword, language }) => [keyword, language]), [["stop", "en"], ["语音", "zh"], ["yes", "en"]]);
});

test("a threshold of 1 is never reached, and the models' own are found again in a new spotter", () => {
  const spotter = new Spotter(en);
  spotter.setThresholds(1);
  assert.deepEqual([...spotter.push(words("yes")), ...spotter.flush()], []);
  assert.deepEqual(keywords([...new Spotter(en).push(words("yes"))]), ["yes"]);
});

test("posteriors are shares of one whole", () => {
  const spotter = new Spotter([en, zh]);
  spotter.push(words("go"));
  const posteriors = spotter.posteriors;
  assert.deepEqual(posteriors.map((p) => p.length), [en, zh].map((model) => model.manifest.labels.length));
  for (const p of posteriors) assert.ok(Math.abs(p.reduce((sum, share) => sum + share, 0) - 1) < 1e-4);
});

test("a second has 98 frames, however it is cut", () => {
  const second = words("yes").subarray(12_800, 28_800);
  const whole = new FrontEnd(en).push(second);
  assert.deepEqual([whole.frames, whole.coefficients], [98, 40]);
  const frontEnd = new FrontEnd(en);
  const parts = [];
  for (let at = 0; at < second.length; at += 700) parts.push(...frontEnd.push(second.subarray(at, at + 700)).data);
  assert.deepEqual(parts, [...whole.data]);
});
