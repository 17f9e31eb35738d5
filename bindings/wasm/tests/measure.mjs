// What polyspot costs in Node: time for each 10 ms frame with vector instructions and without, time to read a model, memory, sizes.
//
// usage: node tests/measure.mjs [MODULE]     without a module: both, each in a process of its own

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { memoryBytes, Model, Spotter, start } from "../js/spotting.js";
import { file, FIVE_WORDS, words } from "./fixtures.mjs";

const ROUNDS = 15;
const [module] = process.argv.slice(2);

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Processor time of this thread's work, in microseconds: what else the machine does changes it least. */
function cpu(action) {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function measure() {
  const bytes = readFileSync(new URL(`../dist/${module}`, import.meta.url));
  start(new WebAssembly.Module(bytes));
  const reading = median(Array.from({ length: ROUNDS }, () => cpu(() => new Model(file("models/en.onnx")).free())));
  const model = new Model(file("models/en.onnx"));
  const audio = words(...FIVE_WORDS, ...FIVE_WORDS);
  const frames = audio.length / 160;
  const spotter = new Spotter(model);
  const push = () => {
    // As a microphone brings them.
    for (let at = 0; at < audio.length; at += 320) spotter.push(audio.subarray(at, at + 320));
  };
  push();
  const times = Array.from({ length: ROUNDS }, () => cpu(push) / frames);
  console.log(module);
  console.log(`  size: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
  console.log(`  10 ms frame of "en": ${median(times).toFixed(1)} µs (${times[0].toFixed(1)} to ${times.at(-1).toFixed(1)})`);
  console.log(`  reading "en": ${(reading / 1000).toFixed(1)} ms`);
  console.log(`  memory of the module: ${(memoryBytes() / 1024).toFixed(0)} KiB`);
  console.log(`  memory of Node with it: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
}

if (module) {
  measure();
} else {
  for (const name of ["polyspot_simd.wasm", "polyspot_scalar.wasm"]) {
    process.stdout.write(execFileSync(process.execPath, [fileURLToPath(import.meta.url), name]));
  }
}
