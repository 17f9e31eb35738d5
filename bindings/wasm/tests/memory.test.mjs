// Memory does not grow with time, nor with what was freed.

import assert from "node:assert/strict";
import test from "node:test";
import { memoryBytes, Model, Spotter } from "../js/spotting.js";
import { file, words, FIVE_WORDS } from "./support.mjs";

/** What memory grows by at least. */
const PAGE_BYTES = 65_536;

const models = ["en", "ar"].map((language) => new Model(file(`models/${language}.onnx`)));

test("an hour takes the memory of its first minute", () => {
  const audio = words(...FIVE_WORDS);
  const spotter = new Spotter(models[0]);
  let afterMinute = 0;
  let heard = 0;
  for (let seconds = 0; seconds < 3_600; seconds += audio.length / 16_000) {
    heard += spotter.push(audio).length;
    if (!afterMinute && seconds >= 60) afterMinute = memoryBytes();
  }
  assert.ok(heard > 1_000, `${heard} detections`);
  assert.equal(memoryBytes(), afterMinute);
  // Not whenever the collector likes: what is free decides where the next test's memory lies.
  spotter.free();
});

test("a thousand changes of language, and models read anew, take a page more than their first half at most", () => {
  const audio = words("yes");
  const bytes = file("models/en.onnx");
  const spotter = new Spotter(models);
  let early = 0;
  for (let round = 0; round < 1_000; round++) {
    // Reading a file takes longest: every tenth round.
    const fresh = round % 10 === 0 ? new Model(bytes) : models[round % 2];
    spotter.swap(fresh);
    spotter.push(audio.subarray(0, 1_600));
    if (round % 10 === 0) {
      spotter.swap(models);
      fresh.free();
    }
    if (round === 500) early = memoryBytes();
  }
  spotter.free();
  // Freed memory comes back in pieces, and once in thousands of rounds none of them fits: a page. A leak of 132 bytes a round takes more.
  const grown = memoryBytes() - early;
  assert.ok(grown <= PAGE_BYTES, `${grown} bytes more after ${early}`);
});

test("spotters that are freed leave nothing", () => {
  const audio = words("no").subarray(0, 3_200);
  let early = 0;
  for (let round = 0; round < 500; round++) {
    const spotter = new Spotter(models[0]);
    spotter.push(audio);
    spotter.free();
    if (round === 10) early = memoryBytes();
  }
  assert.equal(memoryBytes(), early);
});
