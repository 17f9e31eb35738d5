// Chromium hears a microphone: five words in their order, through languages that change meanwhile, and without a server.
//
// Run by tests/browser, which installs Chromium; not among the tests that need nothing but Node.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, serve, until } from "./chromium.mjs";
import { FIVE_WORDS, file, joined, samples, words } from "./fixtures.mjs";
import { wave } from "./words.mjs";

const scratch = mkdtempSync(join(tmpdir(), "polyspot-browser-"));
const microphone = join(scratch, "microphone.wav");
let server;
let browser;

before(async () => {
  // The device may begin before the page listens: two seconds of silence first.
  writeFileSync(microphone, wave(joined(new Int16Array(32_000), words(...FIVE_WORDS), new Int16Array(16_000))));
  server = await serve();
});

after(async () => {
  await browser?.close();
  await server.close();
  rmSync(scratch, { recursive: true });
});

/** A new browser, whose microphone begins anew, at one of the package's pages. */
async function open(path, recording = microphone) {
  await browser?.close();
  browser = await launch(recording);
  await browser.ask("Page.navigate", { url: `${server.origin}${path}` });
  // Not of the empty page before.
  await until(browser, `location.origin === "${server.origin}" && document.readyState === "complete"`);
}

test("a worklet hears five words in their order", async () => {
  await open("/package.json");
  await browser.evaluate(`(async () => {
    const { listen } = await import("/js/browser.js");
    globalThis.heard = [];
    globalThis.listening = await listen({
      model: "en",
      onDetection: (heard) => globalThis.heard.push(heard),
      onError: (error) => (globalThis.failed = error.message),
    });
  })()`);
  await until(browser, `heard.length === ${FIVE_WORDS.length}`);
  await browser.evaluate("listening.stop()");
  const heard = await browser.evaluate("heard");
  assert.deepEqual(heard.map(({ keyword }) => keyword), FIVE_WORDS);
  assert.equal(await browser.evaluate("globalThis.failed"), undefined);
  for (const { start, end, score } of heard) assert.ok(start < end && score > 0.3 && score <= 1);
});

test("languages change while the words are spoken, and none is lost", async () => {
  await open("/package.json");
  await browser.evaluate(`(async () => {
    const { listen } = await import("/js/browser.js");
    globalThis.heard = [];
    globalThis.swaps = 0;
    const listening = await listen({ model: ["en", "zh"], onDetection: (heard) => globalThis.heard.push(heard) });
    // With English always among them.
    const others = [["ar", "en"], ["en"], ["zh", "en", "ar"]];
    globalThis.timer = setInterval(async () => {
      await listening.swap(others[globalThis.swaps % others.length]);
      globalThis.swaps += 1;
    }, 900);
  })()`);
  await until(browser, `heard.filter(({ language }) => language === "en").length >= ${FIVE_WORDS.length}`);
  const heard = await browser.evaluate("clearInterval(timer), heard");
  const english = heard.filter(({ language }) => language === "en").map(({ keyword }) => keyword);
  assert.deepEqual(english, FIVE_WORDS);
  assert.ok((await browser.evaluate("swaps")) >= 5);
});

test("keywords wait for a wake word, and the page is told when they count", async () => {
  await open("/package.json");
  await browser.evaluate(`(async () => {
    const { listen } = await import("/js/browser.js");
    Object.assign(globalThis, { heard: [], armed: [] });
    await listen({
      model: "en",
      wake: "en",
      wakeKeywords: [${JSON.stringify(FIVE_WORDS[2])}],
      window: 60,
      onDetection: ({ keyword }) => globalThis.heard.push(keyword),
      onArmed: (isArmed) => globalThis.armed.push(isArmed),
    });
  })()`);
  await until(browser, "heard.length === 2");
  assert.deepEqual(await browser.evaluate("[heard, armed]"), [FIVE_WORDS.slice(3), [true]]);
});

test("a model that is none is refused in words, before the microphone is opened", async () => {
  await open("/package.json");
  const message = await browser.evaluate(`(async () => {
    const { listen } = await import("/js/browser.js");
    navigator.mediaDevices.getUserMedia = () => { throw new Error("the microphone was opened"); };
    return listen({ model: "/package.json", onDetection() {} }).catch((error) => error.message);
  })()`);
  assert.match(message, /no ONNX model/);
});

test("Chromium hears the vectors as Rust does", async () => {
  await open("/package.json");
  const vectors = JSON.parse(file("tests/vectors/vectors.json").toString());
  const { audio, posteriors, models } = vectors.cases[0];
  const stream = joined(...audio.map(samples));
  const found = await browser.evaluate(`(async () => {
    const { loadModel } = await import("/js/browser.js");
    const model = await loadModel(${JSON.stringify(models[0])});
    return [...model.posteriors(Int16Array.from(${JSON.stringify([...stream])})).data];
  })()`);
  const expected = posteriors[0].probabilities.flat();
  assert.equal(found.length, expected.length);
  const worst = expected.reduce((most, p, at) => Math.max(most, Math.abs(p - found[at])), 0);
  // As in vectors.test.mjs.
  assert.ok(worst <= 4 * vectors.tolerance, `a posterior is off by ${worst}`);
});

test("the demo hears its microphone and its example, and works when its server is gone", async () => {
  await open("/demo/");
  await until(browser, "document.getElementById('status').textContent === 'Ready.'");
  await until(browser, "navigator.serviceWorker.ready.then(() => true)");
  await browser.evaluate("document.getElementById('listen').click()");
  const shown = "[...document.querySelectorAll('#heard strong')].map((word) => word.textContent).reverse()";
  await until(browser, `${shown}.length === ${FIVE_WORDS.length}`);
  assert.deepEqual(await browser.evaluate(shown), FIVE_WORDS);
  await server.close();
  await browser.ask("Page.reload");
  await until(browser, "document.getElementById('status')?.textContent === 'Ready.'");
  await browser.evaluate("document.getElementById('example').click()");
  await until(browser, "/5 words heard/.test(document.getElementById('status').textContent)");
  assert.deepEqual(await browser.evaluate(shown), FIVE_WORDS);
  server = await serve();
});

test("a word of one's own is recorded, learnt and heard", async () => {
  // Each take opens the microphone anew, which begins with the word.
  const word = join(scratch, "word.wav");
  const silence = new Int16Array(4_800);
  writeFileSync(word, wave(joined(silence, samples("tests/data/keywords/down/en-us.wav"), new Int16Array(48_000))));
  await open("/demo/", word);
  await until(browser, "document.getElementById('status').textContent === 'Ready.'");
  await browser.evaluate(`(() => {
    document.querySelector("input[value=zh]").click();
    document.querySelector("input[value=en]").click();
    const input = document.getElementById("own-word");
    input.value = "down";
    input.dispatchEvent(new Event("input"));
  })()`);
  for (let take = 1; take <= 2; take++) {
    await browser.evaluate("document.getElementById('record').click()");
    await until(browser, `document.querySelectorAll("#takes li").length === ${take}`);
  }
  await browser.evaluate("document.getElementById('add').click()");
  await until(browser, "/down is added/.test(document.getElementById('own-status').textContent)");
  await browser.evaluate("document.getElementById('listen').click()");
  await until(browser, "document.querySelector('#heard strong')?.textContent === 'down'");
});
