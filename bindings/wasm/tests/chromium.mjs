// Chromium without a window, driven over a pipe, and a server of this package's files on the loopback.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
/** The type of a file without one is told to be a download. */
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Serves a folder, this package unless another is named; `origin` is where. */
export async function serve(root = folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    try {
      const file = join(root, path.endsWith("/") ? `${path}index.html` : path);
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://localhost:${server.address().port}`, close };
}

/** A browser with one page, and a file for its microphone. */
export async function launch(microphone) {
  const profile = mkdtempSync(join(tmpdir(), "polyspot-chromium-"));
  const chromium = spawn(
    process.env.CHROMIUM ?? "chromium",
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-audio-capture=${microphone}%noloop`,
      "--autoplay-policy=no-user-gesture-required",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const send = protocol(chromium);
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const ask = (method, parameters) => send(method, parameters, sessionId);
  await ask("Page.enable");
  const close = async () => {
    const ended = new Promise((resolve) => chromium.once("exit", resolve));
    chromium.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { ask, evaluate: (expression) => evaluate(ask, expression), close };
}

/** Sends commands: JSON, each ended by a zero. */
function protocol(chromium) {
  const [, , , input, output] = chromium.stdio;
  const waiting = new Map();
  let number = 0;
  let rest = "";
  output.setEncoding("utf8");
  output.on("data", (chunk) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (error) reject?.(new Error(error.message));
      else resolve?.(result);
    }
  });
  chromium.once("exit", () => waiting.forEach(({ reject }) => reject(new Error("Chromium has ended"))));
  return (method, parameters = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++number, { resolve, reject });
      input.write(`${JSON.stringify({ id: number, method, params: parameters, sessionId })}\0`);
    });
}

/** The value of an expression in the page, awaited. */
async function evaluate(ask, expression) {
  const { result, exceptionDetails } = await ask("Runtime.evaluate", {
    expression,
    awaitPromise: true,
    returnByValue: true,
    userGesture: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

/** Asks again until the page says yes. */
export async function until(browser, expression, seconds = 60) {
  for (let tries = 0; tries < seconds * 10; tries++) {
    const value = await browser.evaluate(expression).catch(() => null);
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`expected within ${seconds} s: ${expression}`);
}
