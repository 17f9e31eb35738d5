// Node hears what every other language hears: the vectors that Rust made.

import assert from "node:assert/strict";
import test from "node:test";
import { Model, Spotter } from "../js/spotting.js";
import { file, joined, samples } from "./support.mjs";

const vectors = JSON.parse(file("tests/vectors/vectors.json").toString());
const models = new Map();
/** WebAssembly has no fused multiply-add: its sums are rounded more often than those that the vectors were made with. */
const tolerance = 4 * vectors.tolerance;

for (const [language, { file: path, sha256, labels }] of Object.entries(vectors.models)) {
  test(`the model ${language} is the one of the vectors`, () => {
    const model = new Model(file(path));
    assert.equal(model.sha256, sha256);
    assert.deepEqual(model.manifest.labels.map((label) => label.name), labels);
    models.set(language, model);
  });
}

for (const vector of vectors.cases) {
  const audio = () => joined(...vector.audio.map(samples));

  test(`detections: ${vector.name}`, () => {
    const stream = audio();
    assert.equal(stream.length, vector.samples);
    // Slices of many lengths, none of which a network or the module takes at once.
    for (const slice of [stream.length, 1_600, 977]) {
      const spotter = new Spotter(vector.models.map((language) => models.get(language)));
      const heard = [];
      for (let at = 0; at < stream.length; at += slice) heard.push(...spotter.push(stream.subarray(at, at + slice)));
      heard.push(...spotter.flush());
      assert.equal(heard.length, vector.detections.length);
      heard.forEach(({ keyword, language, score, startSample, endSample, start, end }, index) => {
        const expected = vector.detections[index];
        assert.deepEqual([keyword, language], [expected.keyword, expected.language]);
        assert.deepEqual([startSample, endSample], [expected.start, expected.end]);
        assert.deepEqual([start, end], [expected.start / 16_000, expected.end / 16_000]);
        assert.ok(Math.abs(score - expected.score) <= tolerance, `${score} is not ${expected.score}`);
      });
    }
  });

  test(`posteriors: ${vector.name}`, () => {
    const stream = audio();
    vector.models.forEach((language, index) => {
      const { data, steps, labels } = models.get(language).posteriors(stream);
      const expected = vector.posteriors[index].probabilities;
      assert.deepEqual([steps, labels], [expected.length, expected[0]?.length ?? labels]);
      const worst = expected.flat().reduce((most, p, at) => Math.max(most, Math.abs(p - data[at])), 0);
      assert.ok(worst <= tolerance, `${language}: a posterior is off by ${worst}`);
    });
  });
}
