// The page: what is chosen, what is heard, what is shown.

import { listen, loadModel, Model } from "../js/browser.js";
import { Board, nameOf, reason, text } from "./board.js";
import { decoded, hear } from "./recording.js";
import { Level, Spectrogram } from "./spectrogram.js";
import { Takes } from "./takes.js";

const SHIPPED = ["en", "ar", "zh"];
/** Detections that the list keeps. */
const KEPT = 50;

const element = (id) => document.getElementById(id);
const [listenButton, exampleButton, fileInput] = ["listen", "example", "file"].map(element);
const board = new Board(element("words"));
const level = new Level(element("level"));
const spectrogram = new Spectrogram(element("spectrogram"));

/** Where models come from, by the name of their box. @type {Map<string, string | Uint8Array>} */
const sources = new Map();
/** Models that were read. @type {Map<string, Promise<Model>>} */
const models = new Map();
/** The microphone, or the recording that is being heard. */
let listening = null;
let playing = null;

function say(message) {
  element("status").textContent = message;
}

/** Tells the user what failed; whatever was begun is over. @param {Error} error */
function fail(error) {
  say(reason(error));
}

/** Adds a box for a language. */
function addLanguage(key, label, source, isChecked) {
  sources.set(key, source);
  models.delete(key);
  if (boxOf(key)) return;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = key;
  box.checked = isChecked;
  box.addEventListener("change", () => change(box));
  const wrapper = document.createElement("label");
  wrapper.append(box, label);
  element("languages").append(wrapper);
}

const boxOf = (key) => document.querySelector(`input[value="${CSS.escape(key)}"]`);
const chosen = () => [...document.querySelectorAll("#languages input:checked")].map((box) => box.value);

/** The models of the boxes that are checked, each read once. */
function chosenModels() {
  return Promise.all(
    chosen().map((key) => {
      if (!models.has(key)) models.set(key, loadModel(sources.get(key)));
      return models.get(key);
    }),
  );
}

/** Other languages: at once, in the middle of what is being said. @param {HTMLInputElement} box */
async function change(box) {
  if (chosen().length === 0) {
    box.checked = true;
    say("At least one language must be chosen.");
    return;
  }
  try {
    if (listening) await listening.swap(chosen().map((key) => sources.get(key)));
    board.show(await chosenModels());
    if (listening) say(`Listening for ${chosen().map(nameOrKey).join(", ")}.`);
  } catch (error) {
    box.checked = false;
    fail(error);
  }
}

const nameOrKey = (key) => (SHIPPED.includes(key) ? nameOf(key) : key);

function onDetection({ keyword, language, score, start, end }) {
  board.light({ keyword, language });
  const item = document.createElement("li");
  const word = text("strong", keyword);
  word.lang = language;
  item.append(word, text("span", nameOf(language)), text("span", `${((start + end) / 2).toFixed(1)} s`), text("span", `score ${score.toFixed(2)}`));
  const list = element("heard");
  list.prepend(item);
  while (list.children.length > KEPT) list.lastElementChild.remove();
  element("nothing").hidden = true;
}

function onProgress({ level: amplitude, features, posteriors }) {
  level.push(amplitude);
  spectrogram.push(features, 40);
  board.update(posteriors);
}

async function start() {
  await stopPlaying();
  say("Waiting for the microphone…");
  const model = chosen().map((key) => sources.get(key));
  listening = await listen({ model, onDetection, onProgress, onError: (error) => stop().finally(() => fail(error)) });
  listenButton.setAttribute("aria-pressed", "true");
  listenButton.textContent = "Stop listening";
  say(`Listening for ${chosen().map(nameOrKey).join(", ")}.`);
}

async function stop() {
  const ending = listening;
  listening = null;
  listenButton.setAttribute("aria-pressed", "false");
  listenButton.textContent = "Listen";
  await ending?.stop();
  say("Stopped.");
}

async function stopPlaying() {
  playing?.controller.abort();
  await playing?.ended;
}

/** Hears a recording. @param {ArrayBuffer} bytes @param {string} name */
async function play(bytes, name) {
  if (listening) await stop();
  await stopPlaying();
  const all = await chosenModels();
  const samples = await decoded(bytes, all[0].sampleRate).catch(() => {
    throw new Error(`${name}: expected a recording that this browser can read, found another file`);
  });
  board.show(all);
  let count = 0;
  const controller = new AbortController();
  const counted = (heard) => {
    count += 1;
    onDetection(heard);
  };
  say(`Hearing ${name}…`);
  const ended = hear(samples, all, { onDetection: counted, onProgress, signal: controller.signal });
  playing = { controller, ended };
  await ended;
  const seconds = (samples.length / all[0].sampleRate).toFixed(1);
  say(`${name}: ${count === 1 ? "1 word" : `${count} words`} heard in ${seconds} s.`);
}

/** Opens what the user gives: a recording, or a model. @param {File} file */
async function open(file) {
  const bytes = await file.arrayBuffer();
  if (!file.name.endsWith(".onnx")) return play(bytes, file.name);
  await addModel(file.name, new Uint8Array(bytes));
}

/** Adds a model that is none of the shipped ones, and listens with it. @param {string} name @param {Uint8Array} bytes */
async function addModel(name, bytes) {
  const { language } = new Model(bytes);
  const key = `${name} (${language})`;
  addLanguage(key, key, bytes, true);
  await change(boxOf(key));
}

/** A word that was learnt: its model takes the place of the one that it was added to. @param {string} word @param {Uint8Array} model */
async function addWord(word, model) {
  const [first] = chosen();
  await addModel(word, model);
  boxOf(first).checked = false;
  await change(boxOf(first));
}

listenButton.addEventListener("click", () => (listening ? stop() : start()).catch(fail));
exampleButton.addEventListener("click", async () => {
  const response = await fetch("words.wav");
  await play(await response.arrayBuffer(), "the example").catch(fail);
});
fileInput.addEventListener("change", () => {
  if (fileInput.files.length > 0) open(fileInput.files[0]).catch(fail);
  fileInput.value = "";
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  element("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) element("drop").hidden = true;
});
addEventListener("drop", (event) => {
  event.preventDefault();
  element("drop").hidden = true;
  if (event.dataTransfer.files.length > 0) open(event.dataTransfer.files[0]).catch(fail);
});

// Without a network the page works as before.
navigator.serviceWorker?.register("offline.js").catch(() => {});
SHIPPED.forEach((language, index) => addLanguage(language, nameOf(language), language, index === 0));
const shown = await chosenModels();
board.show(shown);
for (const control of [listenButton, exampleButton, fileInput]) control.disabled = false;
const form = { word: "own-word", record: "record", add: "add", list: "takes", status: "own-status" };
const parts = Object.fromEntries(Object.entries(form).map(([part, id]) => [part, element(id)]));
new Takes(parts, { source: () => sources.get(chosen()[0]), sampleRate: shown[0].sampleRate, onWord: addWord });
say("Ready.");
