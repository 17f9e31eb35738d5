// What README and docs/bindings.md show, as somebody types it who has installed the package elsewhere: in Node, and in a page that Chromium shows.
//
// Run by tests/browser, which installs npm and Chromium.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, serve, until } from "./chromium.mjs";
import { file, FIVE_WORDS } from "./fixtures.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "polyspot-installed-"));
const readme = readFileSync(join(folder, "README.md"), "utf8");

/** The first block of this kind after a heading of the README. */
function block(heading, kind) {
  const [, rest] = readme.split(`\n## ${heading}\n`);
  const [, text] = rest.split(`\`\`\`${kind}\n`);
  return text.split("```")[0];
}

before(() => {
  const npm = (...args) => execFileSync("npm", args, { cwd: scratch, encoding: "utf8" });
  const packed = npm("pack", "--silent", folder).trim();
  npm("install", "--offline", "--no-audit", "--no-fund", `./${packed}`);
  copyFileSync(join(scratch, "node_modules/polyspot/demo/words.wav"), join(scratch, "words.wav"));
});

after(() => rmSync(scratch, { recursive: true }));

test("the program for Node hears the recording of the package", () => {
  writeFileSync(join(scratch, "hello.mjs"), block("In Node", "js"));
  const lines = execFileSync("node", ["hello.mjs"], { cwd: scratch, encoding: "utf8" }).trim().split("\n");
  assert.deepEqual(lines.map((line) => line.match(/ s {2}(\S+) /)[1]), FIVE_WORDS);
});

/** A browser that shows a page, once it says yes to something. */
async function shown(page, expression) {
  writeFileSync(join(scratch, "index.html"), page);
  const server = await serve(scratch);
  const browser = await launch(join(scratch, "words.wav"));
  try {
    await browser.ask("Page.navigate", { url: `${server.origin}/` });
    await until(browser, expression);
  } finally {
    await browser.close();
    await server.close();
  }
}

test("the README's page hears a microphone once its button is pressed", () => {
  const heard = `/^(${FIVE_WORDS.join("|")}) \\(0\\.\\d\\d\\)$/.test(document.getElementById("heard").textContent)`;
  // Pressed again and again until it can be, and once.
  const press = "(globalThis.pressed ??= document.getElementById('start').onclick && (document.getElementById('start').click(), true))";
  return shown(block("In a browser", "html"), `${press} && ${heard}`);
});

test("the lines of docs/bindings.md hear a microphone where a bundler, or an import map, finds the package", () => {
  const [, lines] = file("docs/bindings.md").toString().match(/```js\n([^]*?)```/);
  const imports = JSON.stringify({ imports: { polyspot: "./node_modules/polyspot/js/browser.js" } });
  const page = `<!doctype html>
    <script>globalThis.told = []; console.log = (...all) => told.push(all);</script>
    <script type="importmap">${imports}</script>
    <script type="module">${lines}</script>`;
  return shown(page, `told.map(([keyword]) => keyword).join() === "${FIVE_WORDS}" && told.every(([, score]) => score > 0.3)`);
});
