// A spectrogram of the features that networks hear, and the level.

/** Natural logarithms of mel energies that are drawn as nothing, and in full. */
const QUIET = -12;
const LOUD = 6;
/** Decibels at the left end of the level's bar. */
const LOWEST_DB = -60;

export class Spectrogram {
  #canvas;
  #context;
  /** The inverse of the cosine transform, which loses nothing: as many coefficients as mel bins. @type {Float32Array | null} */
  #inverse = null;
  #colours = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#ramp();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#ramp());
  }

  /** From the ground to the accent of the page. */
  #ramp() {
    const style = getComputedStyle(document.documentElement);
    const [from, to] = ["--ground", "--accent"].map((name) => rgb(style.getPropertyValue(name).trim()));
    this.#colours = Array.from({ length: 256 }, (_, i) => from.map((c, k) => Math.round(c + ((to[k] - c) * i) / 255)));
  }

  /** Adds frames `[frames, coefficients]` at the right. @param {Float32Array} features @param {number} coefficients */
  push(features, coefficients) {
    const frames = features.length / coefficients;
    if (frames === 0) return;
    const { width, height } = this.#canvas;
    const context = this.#context;
    context.drawImage(this.#canvas, -frames, 0);
    const image = context.createImageData(frames, height);
    for (let frame = 0; frame < frames; frame++) {
      const logMel = this.#logMel(features.subarray(frame * coefficients, (frame + 1) * coefficients));
      for (let y = 0; y < height; y++) {
        const energy = logMel[Math.floor(((height - 1 - y) * coefficients) / height)];
        const shade = Math.round(Math.min(1, Math.max(0, (energy - QUIET) / (LOUD - QUIET))) * 255);
        image.data.set([...this.#colours[shade], 255], (y * frames + frame) * 4);
      }
    }
    context.putImageData(image, width - frames, 0);
  }

  /** Of a frame of MFCC. @param {Float32Array} cepstra */
  #logMel(cepstra) {
    const n = cepstra.length;
    this.#inverse ??= Float32Array.from({ length: n * n }, (_, i) => {
      const [bin, k] = [Math.floor(i / n), i % n];
      return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (bin + 0.5)) / n);
    });
    const inverse = this.#inverse;
    return Float32Array.from({ length: n }, (_, bin) => {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += inverse[bin * n + k] * cepstra[k];
      return sum;
    });
  }
}

/** @param {string} hex a colour as `#rgb` or `#rrggbb` */
function rgb(hex) {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : hex.slice(1).match(/../g);
  return digits.map((pair) => parseInt(pair, 16));
}

export class Level {
  #meter;
  #shown = 0;
  #told = 0;

  /** @param {HTMLElement} meter */
  constructor(meter) {
    this.#meter = meter;
  }

  /** Rises at once and falls slowly. @param {number} level highest amplitude, in 0..=1 */
  push(level) {
    const share = Math.min(1, Math.max(0, 1 - (20 * Math.log10(Math.max(level, 1e-6))) / LOWEST_DB));
    this.#shown = Math.max(share, this.#shown - 0.02);
    this.#meter.style.setProperty("--level", this.#shown.toFixed(3));
    // Screen readers need no fifty numbers a second.
    if (performance.now() - this.#told < 500) return;
    this.#told = performance.now();
    const decibels = Math.round(LOWEST_DB * (1 - this.#shown));
    this.#meter.setAttribute("aria-valuenow", String(decibels));
    this.#meter.setAttribute("aria-valuetext", this.#shown === 0 ? "silence" : `${decibels} decibels`);
  }
}
