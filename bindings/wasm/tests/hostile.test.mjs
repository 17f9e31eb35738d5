// Whatever is handed over, the answer is an error in words, and the module goes on.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { Base, FrontEnd, Model, Spotter } from "../js/spotting.js";
import { file, root, words } from "./support.mjs";

const bytes = file("models/en.onnx");
const en = new Model(bytes);

/** The module still hears. */
function check() {
  const spotter = new Spotter(en);
  const heard = [...spotter.push(words("yes")), ...spotter.flush()];
  assert.deepEqual(heard.map(({ keyword }) => keyword), ["yes"]);
}

/** The message of the error that it throws. */
function refused(action, kind = Error) {
  let message = null;
  assert.throws(action, (error) => {
    message = error.message;
    return error instanceof kind;
  });
  check();
  return message;
}

test("what is no model is refused", () => {
  assert.match(refused(() => new Model(new Uint8Array(0))), /no metadata entry "polyspot.manifest"/);
  assert.match(refused(() => new Model(new TextEncoder().encode("<html>"))), /no ONNX model/);
  assert.match(refused(() => new Model(new Uint8Array(9 << 20))), /has 9437184 bytes, expected at most 8388608/);
  assert.match(refused(() => new Model("en"), TypeError), /expected a Uint8Array or an ArrayBuffer, found string/);
  assert.match(refused(() => new Model(null), TypeError), /found null/);
  assert.match(refused(() => new Base(bytes)), /it is no base/);
  assert.match(refused(() => new Model(bytes, {}), TypeError), /expected a Base, found Object/);
});

test("every broken model of the fixtures is refused, in words", () => {
  const folder = new URL("tests/data/models/", root);
  const broken = readdirSync(folder).filter((name) => !name.startsWith("stride_") || name.startsWith("stride_not"));
  assert.ok(broken.length >= 5);
  for (const name of broken.filter((name) => name !== "posteriors_that_are_no_numbers.onnx")) {
    const message = refused(() => new Model(file(`tests/data/models/${name}`)));
    assert.ok(message.length > 20, `${name}: ${message}`);
  }
});

test("a model cut anywhere is refused", () => {
  for (let length = 1; length < bytes.length; length = Math.ceil(length * 1.5)) {
    assert.ok(refused(() => new Model(bytes.subarray(0, length))).length > 20);
  }
});

test("wrong samples, models and thresholds are refused", () => {
  const spotter = new Spotter(en);
  for (const [wrong, found] of [["text", "string"], [[0.5], "Array"], [new Float64Array(5), "Float64Array"], [undefined, "undefined"]]) {
    const expected = `samples: expected a Float32Array or an Int16Array, found ${found}`;
    assert.equal(refused(() => spotter.push(wrong), TypeError), expected);
    assert.equal(refused(() => en.posteriors(wrong), TypeError), expected);
    assert.equal(refused(() => new FrontEnd(en).push(wrong), TypeError), expected);
  }
  assert.match(refused(() => new Spotter(bytes), TypeError), /expected a Model, found Buffer/);
  assert.match(refused(() => new Spotter([])), /no model to listen with/);
  assert.match(refused(() => spotter.swap([])), /no model to listen with/);
  assert.match(refused(() => spotter.setThresholds(2), TypeError), /a number in 0..=1, found 2/);
});

test("what was freed is told apart", () => {
  const model = new Model(bytes);
  const spotter = new Spotter(model);
  model.free();
  model.free();
  // Whoever listens with it holds it.
  assert.equal(spotter.push(words("yes")).length, 1);
  assert.match(refused(() => new Spotter([en, model])), /expected a model in use, found one that was freed/);
  spotter.free();
  assert.match(refused(() => spotter.push(words("yes"))), /expected a spotter in use, found one that was freed/);
});

test("samples that are no numbers are silence", () => {
  const spotter = new Spotter(en);
  spotter.push(Float32Array.of(NaN, Infinity, -Infinity, 1e30));
  spotter.push(new Float32Array(0));
  assert.deepEqual(spotter.push(words("go")).map(({ keyword }) => keyword), ["go"]);
});
