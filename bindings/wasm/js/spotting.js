// What a page, Node and an audio worklet have in common: the classes over the WebAssembly module, and the worklet's processor.
//
// It imports nothing, so that a worklet can load it however a page is bundled, and needs no TextDecoder, which worklets lack.
// The types are those of index.d.ts.

/** Samples handed over at once: the module takes up to 65,536. */
const BLOCK = 1 << 15;

/** The module, once it has been started. @type {any} */
let wasm = null;

/** The smallest module that has a vector instruction: engines without them refuse it. */
const VECTOR_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Which of the two modules this engine runs fastest. */
export function moduleFile() {
  return WebAssembly.validate(VECTOR_MODULE) ? "polyspot_simd.wasm" : "polyspot_scalar.wasm";
}

/** Starts the module, once for all. @param {WebAssembly.Module} module */
export function start(module) {
  if (wasm) return;
  wasm = new Border(module);
}

/** Bytes that the module holds. */
export function memoryBytes() {
  return wasm.memory.byteLength;
}

/** What crosses the border of a module that was started. */
export class Border {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    this.exports = /** @type {any} */ (new WebAssembly.Instance(module).exports);
    this.exports.polyspot_start();
  }

  get memory() {
    return this.exports.memory.buffer;
  }

  /** UTF-16 in the module's memory. @param {number} pointer @param {number} length */
  #utf16(pointer, length) {
    const units = new Uint16Array(this.memory, pointer, length);
    let text = "";
    // A call takes only so many arguments.
    for (let i = 0; i < length; i += 8192) text += String.fromCharCode(...units.subarray(i, i + 8192));
    return text;
  }

  text() {
    return this.#utf16(this.exports.polyspot_text(), this.exports.polyspot_text_length());
  }

  numbers() {
    return new Float32Array(this.memory, this.exports.polyspot_numbers(), this.exports.polyspot_numbers_length()).slice();
  }

  /**
   * Calls a function of the module. Where it says that it failed, its reason is the error.
   * @param {string} name @param {number} failed @param {number[]} args
   */
  call(name, failed, ...args) {
    let answer;
    try {
      answer = this.exports[`polyspot_${name}`](...args);
    } catch (error) {
      const panic = this.#utf16(this.exports.polyspot_panic(), this.exports.polyspot_panic_length());
      throw new Error(`polyspot has stopped, and must be loaded again: ${panic || error}`, { cause: error });
    }
    if (answer === failed) throw new Error(this.text());
    return answer;
  }

  /** Hands a file over. @param {unknown} bytes @param {string} what */
  giveBytes(bytes, what) {
    const isView = ArrayBuffer.isView(bytes);
    if (!isView && !(bytes instanceof ArrayBuffer)) {
      throw new TypeError(`${what}: expected a Uint8Array or an ArrayBuffer, found ${kind(bytes)}`);
    }
    const view = isView ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
    const pointer = this.call("room_for_bytes", 0, view.length);
    new Uint8Array(this.memory, pointer, view.length).set(view);
  }

  /**
   * Hands samples over, in blocks, and calls `each` after each of them.
   * @param {unknown} samples @param {(at: number) => void} each
   */
  giveSamples(samples, each) {
    const isWhole = samples instanceof Int16Array;
    if (!isWhole && !(samples instanceof Float32Array)) {
      throw new TypeError(`samples: expected a Float32Array or an Int16Array, found ${kind(samples)}`);
    }
    for (let at = 0; at < samples.length; at += BLOCK) {
      const block = samples.subarray(at, at + BLOCK);
      const pointer = this.call("room_for_samples", 0, block.length);
      // Memory that has grown has other views.
      const room = new Float32Array(this.memory, pointer, block.length);
      if (isWhole) {
        for (let i = 0; i < block.length; i++) room[i] = block[i] / 32768;
      } else {
        room.set(block);
      }
      each(at);
    }
  }
}

/** What a value is, for errors. @param {unknown} value */
function kind(value) {
  return value === null ? "null" : typeof value === "object" ? (value.constructor?.name ?? "an object") : typeof value;
}

/** Gives things of the module back that nobody holds any more. */
const forgotten = new FinalizationRegistry(([name, handle]) => wasm.exports[`polyspot_free_${name}`](handle));

/** Something in the module, held by its number. */
class Held {
  #name;
  #handle;

  /** @param {string} name @param {number} handle */
  constructor(name, handle) {
    this.#name = name;
    this.#handle = handle;
    forgotten.register(this, [name, handle], this);
  }

  /** @param {any} thing */
  static handle(thing) {
    return thing.#handle;
  }

  free() {
    forgotten.unregister(this);
    wasm.exports[`polyspot_free_${this.#name}`](this.#handle);
  }
}

export class Model extends Held {
  #about;

  /** @param {unknown} bytes @param {unknown} [base] */
  constructor(bytes, base) {
    if (base !== undefined && !(base instanceof Base)) {
      throw new TypeError(`base: expected a Base, found ${kind(base)}`);
    }
    wasm.giveBytes(bytes, "model");
    super("model", base ? wasm.call("fuse", 0, Held.handle(base)) : wasm.call("load_model", 0));
    wasm.call("describe", 0, Held.handle(this));
    this.#about = JSON.parse(wasm.text());
  }

  get manifest() {
    return this.#about.manifest;
  }

  get sha256() {
    return this.#about.sha256;
  }

  get language() {
    return this.manifest.language;
  }

  get keywords() {
    return this.manifest.labels.filter((label) => label.kind === "keyword").map((label) => label.name);
  }

  get sampleRate() {
    return this.manifest.front_end.sample_rate_hz;
  }

  /** @param {unknown} samples */
  posteriors(samples) {
    const stream = wasm.call("new_posterior_stream", 0, Held.handle(this));
    try {
      const parts = [];
      wasm.giveSamples(samples, () => {
        wasm.call("push_posteriors", 0, stream);
        parts.push(wasm.numbers());
      });
      wasm.call("flush_posteriors", 0, stream);
      parts.push(wasm.numbers());
      const data = joined(parts);
      const labels = this.manifest.labels.length;
      return { data, steps: data.length / labels, labels };
    } finally {
      wasm.exports.polyspot_free_posterior_stream(stream);
    }
  }
}

export class Base extends Held {
  /** @param {unknown} bytes */
  constructor(bytes) {
    wasm.giveBytes(bytes, "base");
    super("base", wasm.call("load_base", 0));
  }
}

/** Tells the module which models the next call is for. @param {unknown} models */
function choose(models) {
  const all = Array.isArray(models) ? models : [models];
  for (const model of all) {
    if (!(model instanceof Model)) throw new TypeError(`model: expected a Model, found ${kind(model)}`);
  }
  for (const model of all) wasm.call("choose", 0, Held.handle(model));
  return all;
}

/** For so many seconds keywords count after a wake word, if nothing else is asked for. */
const WINDOW_SECONDS = 6;

/**
 * Lets a spotter's keywords wait for words of a wake model.
 * @param {Spotter} spotter @param {any} options
 */
function setWake(spotter, { wake, wakeKeywords = [], window = WINDOW_SECONDS }) {
  if (wake !== undefined && !(wake instanceof Model)) throw new TypeError(`wake: expected a Model, found ${kind(wake)}`);
  if (typeof window !== "number" || !(window >= 1 && window <= 3600)) {
    throw new RangeError(`window: expected 1 to 3600 seconds, found ${window}`);
  }
  const keywords = wake?.keywords ?? [];
  const unknown = wakeKeywords.find((word) => !keywords.includes(word));
  if (unknown !== undefined) {
    throw new RangeError(`wakeKeywords: expected words of the wake model, ${keywords.join(", ")}, found ${unknown}`);
  }
  if (wake) choose(wake);
  for (const word of wakeKeywords) {
    wasm.call("choose_label", 0, wake.manifest.labels.findIndex(({ name, kind }) => name === word && kind === "keyword"));
  }
  wasm.call("set_wake", 0, Held.handle(spotter), Math.round(window * 1000));
}

export class Spotter extends Held {
  #models;

  /** @param {unknown} models @param {any} [options] */
  constructor(models, options = {}) {
    const all = choose(models);
    super("spotter", wasm.call("new_spotter", 0));
    this.#models = all;
    if (["wake", "wakeKeywords", "window"].some((name) => options[name] !== undefined)) {
      try {
        setWake(this, options);
      } catch (error) {
        this.free();
        throw error;
      }
    }
  }

  /** Does what a wake word does: a button was pressed. */
  arm() {
    wasm.call("arm", 0, Held.handle(this));
  }

  get isArmed() {
    return wasm.call("is_armed", -1, Held.handle(this)) === 1;
  }

  get models() {
    return [...this.#models];
  }

  /** @param {unknown} samples */
  push(samples) {
    /** @type {any[]} */
    const heard = [];
    wasm.giveSamples(samples, () => {
      if (wasm.call("push", -1, Held.handle(this)) > 0) heard.push(...this.#told());
    });
    return heard;
  }

  flush() {
    return wasm.call("flush", -1, Held.handle(this)) > 0 ? this.#told() : [];
  }

  /** The detections that the module has told, with their places in seconds too. */
  #told() {
    const rate = this.#models[0].sampleRate;
    return JSON.parse(wasm.text()).map(({ start, end, ...rest }) => ({
      ...rest,
      start: start / rate,
      end: end / rate,
      startSample: start,
      endSample: end,
    }));
  }

  reset() {
    wasm.call("reset", 0, Held.handle(this));
  }

  /** @param {unknown} models */
  swap(models) {
    const all = choose(models);
    wasm.call("swap", 0, Held.handle(this));
    this.#models = all;
  }

  /** @param {unknown} threshold */
  setThresholds(threshold) {
    if (typeof threshold !== "number" || !(threshold >= 0 && threshold <= 1)) {
      throw new TypeError(`threshold: expected a number in 0..=1, found ${threshold}`);
    }
    wasm.call("set_thresholds", 0, Held.handle(this), threshold);
  }

  get posteriors() {
    return this.#models.map((_, index) => {
      wasm.call("smoothed", 0, Held.handle(this), index);
      return wasm.numbers();
    });
  }
}

export class FrontEnd extends Held {
  #coefficients;

  /** @param {unknown} model */
  constructor(model) {
    if (!(model instanceof Model)) throw new TypeError(`model: expected a Model, found ${kind(model)}`);
    super("front_end", wasm.call("new_front_end", 0, Held.handle(model)));
    this.#coefficients = model.manifest.front_end.coefficients;
  }

  /** @param {unknown} samples */
  push(samples) {
    const parts = [];
    wasm.giveSamples(samples, () => {
      wasm.call("frames", 0, Held.handle(this));
      parts.push(wasm.numbers());
    });
    const data = joined(parts);
    return { data, frames: data.length / this.#coefficients, coefficients: this.#coefficients };
  }
}

/** @param {Float32Array[]} parts */
function joined(parts) {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// In an audio worklet, where page and Node have no such function.
if (typeof globalThis.registerProcessor === "function") {
  /** Hears the first channel of its input, and tells the page what it hears. */
  class SpottingProcessor extends globalThis.AudioWorkletProcessor {
    constructor({ processorOptions: { module, models, wake, isWatched } }) {
      super();
      this.isWatched = isWatched;
      this.isStopped = false;
      // Quanta of 128 samples are gathered to what a network takes at once or less: 20 ms.
      this.block = new Float32Array(320);
      this.filled = 0;
      this.port.onmessage = ({ data }) => this.guarded(() => this.obey(data));
      this.guarded(() => {
        start(module);
        this.models = models.map((bytes) => new Model(bytes));
        this.wake = wake && { ...wake, wake: wake.bytes && new Model(wake.bytes) };
        this.spotter = new Spotter(this.models, this.wake);
        this.isArmed = this.spotter.isArmed;
        if (isWatched) this.frontEnd = new FrontEnd(this.models[0]);
        this.port.postMessage({ ready: true });
      });
    }

    /** An error ends the stream, and the page is told. @param {() => void} action */
    guarded(action) {
      if (this.isStopped) return;
      try {
        action();
      } catch (error) {
        this.isStopped = true;
        this.port.postMessage({ error: error.message });
      }
    }

    /** What the page asks for. @param {{stop?: true, arm?: true, models?: Uint8Array[], request?: number}} asked */
    obey({ stop, arm, models, request }) {
      if (arm) {
        this.spotter.arm();
        this.tellArmed();
        this.port.postMessage({ done: request });
      }
      if (models) {
        const before = this.models;
        const after = models.map((bytes) => new Model(bytes));
        this.spotter.swap(after);
        this.models = after;
        before.forEach((model) => model.free());
        if (this.isWatched) {
          this.frontEnd.free();
          this.frontEnd = new FrontEnd(after[0]);
        }
        this.port.postMessage({ done: request });
      }
      if (stop) {
        this.isStopped = true;
        const heard = this.spotter.flush();
        [this.spotter, this.frontEnd, this.wake?.wake, ...this.models].forEach((thing) => thing?.free());
        this.port.postMessage({ heard, done: request });
      }
    }

    /** Tells the page when keywords begin or cease to count. */
    tellArmed() {
      const { isArmed } = this.spotter;
      if (isArmed !== this.isArmed) this.port.postMessage({ armed: isArmed });
      this.isArmed = isArmed;
    }

    hear() {
      const heard = this.spotter.push(this.block);
      this.tellArmed();
      if (heard.length > 0) this.port.postMessage({ heard });
      if (this.isWatched) {
        const { data: features } = this.frontEnd.push(this.block);
        const level = this.block.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
        this.port.postMessage({ progress: { level, features, posteriors: this.spotter.posteriors } });
      }
    }

    process([channels]) {
      // No channel: nothing is connected, or the microphone has ended.
      let samples = channels[0] ?? new Float32Array(0);
      while (samples.length > 0 && !this.isStopped) {
        const now = samples.subarray(0, this.block.length - this.filled);
        this.block.set(now, this.filled);
        this.filled += now.length;
        samples = samples.subarray(now.length);
        if (this.filled === this.block.length) {
          this.filled = 0;
          this.guarded(() => this.hear());
        }
      }
      return !this.isStopped;
    }
  }
  globalThis.registerProcessor("polyspot", SpottingProcessor);
}
