// The module under test, started, and recordings. `tests/run` runs every test with both modules.

import { readFileSync } from "node:fs";
import { start } from "../js/spotting.js";

export * from "./fixtures.mjs";

export const moduleUnderTest = process.env.POLYSPOT_TEST_MODULE ?? "polyspot_simd.wasm";

start(new WebAssembly.Module(readFileSync(new URL(`../dist/${moduleUnderTest}`, import.meta.url))));
