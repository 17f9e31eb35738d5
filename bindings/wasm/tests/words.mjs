// Writes the five words of the fixtures as one recording: what the demo plays, and what Chromium takes for a microphone.
//
// usage: node tests/words.mjs FILE.wav

import { writeFileSync } from "node:fs";
import { FIVE_WORDS, words } from "./fixtures.mjs";

/** A WAV file of 16 bits, one channel, 16 kHz. */
export function wave(samples) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

if (process.argv[2]) writeFileSync(process.argv[2], wave(words(...FIVE_WORDS)));
