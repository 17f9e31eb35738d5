// Keeps the page's own files, so that it works without a network. With one, newer files come first.

const CACHE = "polyspot";
const FILES = [
  "./",
  "index.html",
  "style.css",
  "page.js",
  "board.js",
  "recorder.js",
  "recording.js",
  "spectrogram.js",
  "takes.js",
  "words.wav",
  "../js/browser.js",
  "../js/enrolment.js",
  "../js/listen.js",
  "../js/loading.js",
  "../js/spotting.js",
  "../dist/polyspot_enrolment.wasm",
  "../dist/polyspot_scalar.wasm",
  "../dist/polyspot_simd.wasm",
  "../models/ar.onnx",
  "../models/en.onnx",
  "../models/zh.onnx",
];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  event.respondWith(answer(event.request));
});

async function answer(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
