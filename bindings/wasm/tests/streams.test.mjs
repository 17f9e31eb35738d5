// The laws of a stream hold in JavaScript.

import assert from "node:assert/strict";
import test from "node:test";
import { FrontEnd, Model, Spotter } from "../js/spotting.js";
import { file, FIVE_WORDS, joined, samples, words } from "./support.mjs";

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

const silence = new Int16Array(16_000);

test("keywords wait for a wake word", () => {
  const waiting = new Spotter(en, { wake: en, wakeKeywords: ["stop"] });
  assert.deepEqual([...waiting.push(words("yes")), ...waiting.push(silence)], []);
  assert.equal(waiting.isArmed, false);
  assert.deepEqual([...waiting.push(words("stop")), ...waiting.push(silence)], []);
  assert.equal(waiting.isArmed, true);
  assert.deepEqual(keywords([...waiting.push(words("yes")), ...waiting.push(silence)]), ["yes"]);
  for (let second = 0; second < 8; second++) waiting.push(silence);
  assert.equal(waiting.isArmed, false);
  assert.deepEqual([...waiting.push(words("yes")), ...waiting.flush()], []);
});

test("the wake model may be another, which no swap takes away, and listens in one push too", () => {
  const waiting = new Spotter(zh, { wake: en, wakeKeywords: ["stop", "go"], window: 4 });
  const voice = samples("tests/data/other_languages/zh_voice.wav");
  const heard = waiting.push(joined(voice, silence, words("go"), silence, voice, silence));
  assert.deepEqual(keywords(heard), ["语音"]);
  assert.deepEqual([waiting.models, waiting.posteriors.length], [[zh], 1]);
  waiting.swap(en);
  assert.deepEqual([...waiting.push(words("yes")), ...waiting.push(words("stop"))], []);
  assert.deepEqual(keywords([...waiting.push(words("yes")), ...waiting.flush()]), ["yes"]);
});

test("a button wakes, with a wake model or without, and everything counts where nothing has to be woken", () => {
  const button = new Spotter(en, { window: 6 });
  assert.deepEqual([...button.push(words("stop")), ...button.push(words("yes"))], []);
  button.arm();
  assert.equal(button.isArmed, true);
  assert.deepEqual(keywords([...button.push(words("yes")), ...button.flush()]), ["yes"]);
  const always = new Spotter(en);
  always.arm();
  assert.equal(always.isArmed, true);
  assert.deepEqual(keywords([...always.push(words("yes")), ...always.flush()]), ["yes"]);
});

test("what cannot wake is refused", () => {
  const refused = (options, reason) => assert.throws(() => new Spotter(en, options), reason);
  refused({ wake: "en" }, /wake: expected a Model, found string/);
  refused({ wake: en, wakeKeywords: ["stopp"] }, /wakeKeywords: expected words of the wake model, yes, .*, found stopp/);
  refused({ wakeKeywords: ["stop"] }, /found stop/);
  for (const window of [0.9, 3601, NaN, "6"]) refused({ wake: en, window }, /window: expected 1 to 3600 seconds, found/);
  // What was refused leaves nothing behind for the next.
  assert.deepEqual(keywords(new Spotter(en).push(joined(words("yes"), silence))), ["yes"]);
});
