// The words of every language: how sure the network is of each, and which was heard; and what the page says in words.

/** How long a word stays lit. */
const LIT_MS = 1_200;

/** Why something failed, in words for whoever uses the page. @param {Error} error */
export function reason({ name, message }) {
  return name === "NotAllowedError" ? "The browser does not let this page use the microphone." : message;
}

export class Board {
  #place;
  /** One per model: an element for each label that is a keyword. @type {Map<number, HTMLElement>[]} */
  #words = [];

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
  }

  /** Shows the words of these models. @param {import("polyspot").Model[]} models */
  show(models) {
    this.#words = models.map(() => new Map());
    this.#place.replaceChildren(...models.map((model, index) => this.#language(model, this.#words[index])));
  }

  /** @param {import("polyspot").Model} model @param {Map<number, HTMLElement>} words */
  #language({ language, manifest }, words) {
    const group = document.createElement("div");
    const heading = document.createElement("h3");
    const list = document.createElement("ul");
    group.className = "language";
    heading.textContent = nameOf(language);
    list.lang = language;
    list.dir = "auto";
    manifest.labels.forEach(({ name, kind, gloss, romanisation }, index) => {
      if (kind !== "keyword") return;
      const item = document.createElement("li");
      item.append(text("span", name));
      const meaning = [romanisation, gloss].filter(Boolean).join(": ");
      if (meaning) {
        const small = text("small", meaning);
        small.lang = "en";
        item.append(small);
      }
      item.dataset.keyword = name;
      item.dataset.language = language;
      words.set(index, item);
      list.append(item);
    });
    group.append(heading, list);
    return group;
  }

  /** @param {Float32Array[]} posteriors */
  update(posteriors) {
    posteriors.forEach((shares, model) => {
      for (const [label, item] of this.#words[model] ?? []) {
        item.style.setProperty("--posterior", shares[label].toFixed(3));
      }
    });
  }

  /** @param {import("polyspot").Detection} detection */
  light({ keyword, language }) {
    const items = this.#words.flatMap((words) => [...words.values()]);
    const item = items.find(({ dataset }) => dataset.keyword === keyword && dataset.language === language);
    if (!item) return;
    item.classList.add("lit");
    setTimeout(() => item.classList.remove("lit"), LIT_MS);
  }
}

/** A language's name in English. @param {string} language */
export function nameOf(language) {
  return new Intl.DisplayNames("en", { type: "language" }).of(language) ?? language;
}

/** An element with a text. @param {string} tag @param {string} content */
export function text(tag, content) {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
}
