// A recording, heard faster than it was spoken, and shown as a microphone is.

import { FrontEnd, Spotter } from "../js/browser.js";

/** Samples between two pictures: 20 ms, as of a microphone. */
const BLOCK = 320;
/** Blocks for each picture of the screen: six times as fast as spoken. */
const AT_ONCE = 5;

/** Mono samples at a rate, of a file of any kind that the browser reads. @param {ArrayBuffer} bytes @param {number} sampleRate */
export async function decoded(bytes, sampleRate) {
  const audio = await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(bytes);
  const mono = new Float32Array(audio.length);
  for (let channel = 0; channel < audio.numberOfChannels; channel++) {
    audio.getChannelData(channel).forEach((sample, i) => (mono[i] += sample / audio.numberOfChannels));
  }
  return mono;
}

/**
 * Hears all of it, unless it is told to stop.
 * @param {Float32Array} samples
 * @param {import("polyspot").Model[]} models
 * @param {{ onDetection: Function, onProgress: Function, signal: AbortSignal }} options
 */
export async function hear(samples, models, { onDetection, onProgress, signal }) {
  const spotter = new Spotter(models);
  const frontEnd = new FrontEnd(models[0]);
  try {
    for (let at = 0; at < samples.length && !signal.aborted; ) {
      for (let i = 0; i < AT_ONCE; i++, at += BLOCK) {
        const block = samples.subarray(at, at + BLOCK);
        spotter.push(block).forEach((heard) => onDetection(heard));
        const level = block.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
        onProgress({ level, features: frontEnd.push(block).data, posteriors: spotter.posteriors });
      }
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    if (!signal.aborted) spotter.flush().forEach((heard) => onDetection(heard));
  } finally {
    spotter.free();
    frontEnd.free();
  }
}
