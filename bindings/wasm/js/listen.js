// Listens to a microphone in an audio worklet, which the page's own work does not hold up.

import { modelBytes, module } from "./loading.js";
import { Model, Spotter } from "./spotting.js";

/** As the models' figures were measured: nothing between the microphone and the network. */
export const UNTOUCHED = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** Bytes and models of one source or several. @param {any} sources */
async function load(sources) {
  const all = Array.isArray(sources) ? sources : [sources];
  const bytes = await Promise.all(all.map(modelBytes));
  // Read here first: what is wrong with a file is told before anything is opened, and the audio goes on where one is refused.
  const models = bytes.map((file) => new Model(file));
  return { bytes, models };
}

/**
 * What the worklet needs to let keywords wait, if they are to. What is wrong with it is told here, as of the models.
 * @param {any} options @param {Model[]} models
 */
async function wakes({ wake, ...options }, models) {
  if (wake === undefined && Object.values(options).every((value) => value === undefined)) return undefined;
  const bytes = wake === undefined ? undefined : await modelBytes(wake);
  const model = bytes && new Model(bytes);
  new Spotter(models, { ...options, wake: model }).free();
  model?.free();
  return { ...options, bytes };
}

/** @param {any} options */
export async function listen(options) {
  const { model, wake, wakeKeywords, window, onDetection, onArmed, onProgress, onError = reportError } = options;
  const { constraints, stream } = options;
  if (typeof onDetection !== "function") {
    throw new TypeError(`onDetection: expected a function, found ${typeof onDetection}`);
  }
  if (!globalThis.isSecureContext) {
    throw new Error(`a microphone needs a secure page: expected https: or localhost, found ${location.origin}`);
  }
  const { bytes, models } = await load(model);
  const [{ sampleRate }] = models;
  const waker = await wakes({ wake, wakeKeywords, window }, models);
  const own = stream ? null : await navigator.mediaDevices.getUserMedia({ audio: { ...UNTOUCHED, ...constraints } });
  // The browser brings the microphone to the model's rate.
  const context = new AudioContext({ sampleRate });
  try {
    const node = await worklet(context, { module, models: bytes, wake: waker, isWatched: Boolean(onProgress) });
    const listening = new Listening({ context, node, own, models, onDetection, onArmed, onProgress, onError });
    context.createMediaStreamSource(stream ?? own).connect(node);
    for (const track of (stream ?? own).getAudioTracks()) {
      track.addEventListener("ended", () => onError(new Error("the microphone has ended: it was removed or taken away")));
    }
    await context.resume();
    return listening;
  } catch (error) {
    own?.getTracks().forEach((track) => track.stop());
    await context.close();
    throw error;
  }
}

/** A worklet that is ready to hear. @param {AudioContext} context @param {object} processorOptions */
async function worklet(context, processorOptions) {
  await context.audioWorklet.addModule(new URL("./spotting.js", import.meta.url));
  const node = new AudioWorkletNode(context, "polyspot", {
    numberOfInputs: 1,
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: "explicit",
    processorOptions,
  });
  await new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(undefined));
  });
  return node;
}

/** A microphone that is being listened to. */
class Listening {
  #context;
  #node;
  #own;
  #models;
  #callbacks;
  /** What waits for the worklet's answer, by its number. @type {Map<number, () => void>} */
  #waiting = new Map();
  #requests = 0;
  #isStopped = false;

  /** @param {any} parts */
  constructor({ context, node, own, models, ...callbacks }) {
    this.#context = context;
    this.#node = node;
    this.#own = own;
    this.#models = models;
    this.#callbacks = callbacks;
    node.port.onmessage = ({ data }) => this.#receive(data);
  }

  get models() {
    return [...this.#models];
  }

  /** @param {any} model */
  async swap(model) {
    const { bytes, models } = await load(model);
    const [expected, found] = [this.#models[0].sampleRate, models[0]?.sampleRate];
    if (found !== expected) throw new Error(`model: expected one for ${expected} Hz, found ${found} Hz`);
    await this.#ask({ models: bytes });
    this.#models = models;
  }

  async arm() {
    await this.#ask({ arm: true });
  }

  async stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#own?.getTracks().forEach((track) => track.stop());
    await this.#ask({ stop: true });
    await this.#context.close();
  }

  /** Asks the worklet, and waits until it has done so. @param {object} question */
  #ask(question) {
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, () => resolve(undefined));
      this.#node.port.postMessage({ ...question, request });
    });
  }

  /** @param {any} message */
  #receive({ heard = [], armed, progress, error, done }) {
    const { onDetection, onArmed, onProgress, onError } = this.#callbacks;
    if (armed !== undefined) onArmed?.(armed);
    for (const detection of heard) onDetection(detection);
    if (progress) onProgress?.(progress);
    if (error) onError(new Error(error));
    // After an error nothing is answered any more.
    const answered = error ? [...this.#waiting.keys()] : [done];
    for (const request of answered) {
      this.#waiting.get(request)?.();
      this.#waiting.delete(request);
    }
  }
}
