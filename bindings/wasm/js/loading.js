// What a page fetches: the WebAssembly module, and models.

import { moduleFile } from "./spotting.js";

/** @param {string | URL} url */
async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: expected a file, found ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** A module of this package. @param {string} file */
export async function compiled(file) {
  // Not while it loads: many servers do not know the type that a browser asks for then.
  return WebAssembly.compile(await fetched(new URL(`../dist/${file}`, import.meta.url)));
}

export const module = await compiled(moduleFile());

/**
 * The bytes of a model: those given, those of a URL, or those of a model of this package by its language.
 * @param {any} source
 */
export async function modelBytes(source) {
  if (source instanceof URL) return fetched(source);
  if (typeof source !== "string") return source;
  return fetched(/^[a-z]{2,3}$/.test(source) ? new URL(`../models/${source}.onnx`, import.meta.url) : source);
}
