// Recordings of the repository.

import { readFileSync } from "node:fs";

export const root = new URL("../../../", import.meta.url);

export const FIVE_WORDS = ["yes", "stop", "left", "go", "right"];

/** The bytes of a file of the repository. */
export function file(path) {
  return readFileSync(new URL(path, root));
}

/** The samples of a fixture: 16 kHz, one channel, 16 bits, after a header of 44 bytes. */
export function samples(path) {
  const bytes = file(path);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length));
}

/** Arrays of whole samples, one after the other. */
export function joined(...parts) {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Words of the English fixtures with a pause around each. */
export function words(...names) {
  const pause = new Int16Array(12_800);
  return joined(pause, ...names.flatMap((name) => [samples(`tests/data/keywords/${name}/en-us.wav`), pause]));
}
