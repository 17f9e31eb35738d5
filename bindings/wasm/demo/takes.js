// A word of one's own: its takes are recorded here, and a model learns it.

import { enrol } from "../js/browser.js";
import { UNTOUCHED } from "../js/listen.js";
import { reason, text } from "./board.js";

/** What is recorded of a take, in seconds. */
const SECONDS = 2;
/** Takes that are recommended. */
const ENOUGH = 3;

/** Some seconds of the microphone, at a rate. @param {number} sampleRate */
async function recorded(sampleRate) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: UNTOUCHED });
  const context = new AudioContext({ sampleRate });
  try {
    await context.audioWorklet.addModule(new URL("recorder.js", import.meta.url));
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    const take = new Float32Array(SECONDS * sampleRate);
    let at = 0;
    const full = new Promise((resolve) => {
      node.port.onmessage = ({ data }) => {
        take.set(data.subarray(0, take.length - at), at);
        at = Math.min(at + data.length, take.length);
        if (at === take.length) resolve();
      };
    });
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
    await full;
    return take;
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
  }
}

/** The form that a word is added with. */
export class Takes {
  #takes = [];
  #form;

  /**
   * @param {{ word: HTMLInputElement, record: HTMLButtonElement, add: HTMLButtonElement, list: HTMLElement, status: HTMLElement }} form
   * @param {{ source: () => string | Uint8Array, sampleRate: number, onWord: (word: string, model: Uint8Array) => Promise<void> }} rest
   */
  constructor(form, { source, sampleRate, onWord }) {
    this.#form = form;
    form.record.addEventListener("click", () => this.#attempt(() => this.#record(sampleRate)));
    form.add.addEventListener("click", () => this.#attempt(() => this.#add(source, onWord)));
    form.word.addEventListener("input", () => this.#show());
    this.#show();
  }

  #say(message) {
    this.#form.status.textContent = message;
  }

  /** Does one thing at a time, and tells what fails. @param {() => Promise<void>} action */
  async #attempt(action) {
    const { record, add } = this.#form;
    record.disabled = add.disabled = true;
    try {
      await action();
    } catch (error) {
      this.#say(reason(error));
    }
    this.#show();
  }

  async #record(sampleRate) {
    this.#say(`Say ${this.#form.word.value.trim() || "it"} now.`);
    this.#takes.push(await recorded(sampleRate));
    const missing = ENOUGH - this.#takes.length;
    this.#say(missing > 0 ? `${missing} more.` : "Enough to add it; two more make it surer.");
  }

  async #add(source, onWord) {
    const word = this.#form.word.value.trim().normalize("NFC");
    const { model, deviations, leastDeviations } = await enrol({ model: source(), word, takes: this.#takes });
    const weak = deviations.flatMap((found, index) => (found < leastDeviations ? [index + 1] : []));
    await onWord(word, model);
    this.#takes = [];
    this.#form.word.value = "";
    this.#say(weak.length === 0 ? `${word} is added.` : `${word} is added, but take ${weak.join(" and ")} is unlike the others.`);
  }

  /** The takes as a list, and what can be done now. */
  #show() {
    const { word, record, add, list } = this.#form;
    list.replaceChildren(
      ...this.#takes.map((_, index) => {
        const item = text("li", `Take ${index + 1} `);
        const drop = text("button", "Remove");
        drop.type = "button";
        drop.setAttribute("aria-label", `Remove take ${index + 1}`);
        drop.addEventListener("click", () => {
          this.#takes.splice(index, 1);
          this.#show();
        });
        item.append(drop);
        return item;
      }),
    );
    record.disabled = false;
    add.disabled = this.#takes.length === 0 || word.value.trim() === "";
  }
}
