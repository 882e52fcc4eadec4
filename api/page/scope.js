// Which documents the next questions are put to: all of them, or those chosen in the library.

import { element, shown } from "./dom.js";
import { interfaceLanguage, t } from "./language.js";
import { readHere, writeHere } from "./store.js";

export const MOST_CHOSEN = 100; // documents that a question may name

const LANGUAGES = { "zh-Hans": "简体中文", "zh-Hant": "繁體中文", en: "English" };
export const languageName = (language) => LANGUAGES[language] ?? language;

let current = null;
let changed = () => {};

/** {filter, count, words} of the documents chosen, null for all. */
export const scope = () => current;

export function chooseScope(chosen) {
  current = chosen;
  writeHere("scope", chosen);
  render();
  changed();
}

/** What a scope is called: its documents, or what they have in common. */
export function scopeWords({ words, count }) {
  const number = t(count === 1 ? "documentsOne" : "documentsMany", { n: count });
  return words ? `${words} (${number})` : number;
}

/** Documents of these ids; `title` is that of the only one. */
export function ofDocuments(ids, title = "") {
  return { filter: { documents: ids }, count: ids.length, words: ids.length === 1 ? title : "" };
}

/** The documents that a listing was narrowed to: {publisher, year, language, current}. */
export function ofFacets({ publisher, year, language, current: isCurrent }, count) {
  const filter = {};
  if (publisher) filter.publishers = [publisher];
  if (year) Object.assign(filter, { since: year, until: year });
  if (language) filter.languages = [language];
  if (isCurrent) filter.current_only = true;
  const words = [publisher, year, language && languageName(language), isCurrent && t("inForce")].filter(Boolean);
  return { filter, count, words: words.join(" · ") };
}

/** Show the scope above the question; `hears` is called when it changes. */
export function startScope(hears) {
  changed = hears;
  current = readHere("scope");
  document.querySelector("#clear-scope").addEventListener("click", () => {
    chooseScope(null);
    document.querySelector("#question").focus({ preventScroll: true });
  });
  render();
}

export function render() {
  const bar = document.querySelector("#scope");
  bar.hidden = current === null;
  if (!current) return;
  const words = element("span", { lang: interfaceLanguage() }, shown(t("askingOf", { scope: scopeWords(current) })));
  bar.querySelector("p").replaceChildren(words);
}
