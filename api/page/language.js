// Which language the interface speaks: the one chosen before, else the browser's first that we have.

import { STRINGS } from "./strings.js";
import { readSetting, writeSetting } from "./store.js";
import { visible } from "./text.js";

const TRADITIONAL = /^zh-(hant|tw|hk|mo)\b/i;
let current = "en";

export const interfaceLanguage = () => current;

/** The interface text for a key; `{name}` is where a value goes. */
export function t(key, values = {}) {
  return STRINGS[current][key].replace(/\{(\w+)\}/g, (_, name) => visible(String(values[name] ?? "")));
}

export function startLanguage() {
  const chosen = readSetting("language");
  show(chosen in STRINGS ? chosen : fromBrowser(navigator.languages));
}

export function chooseLanguage(language) {
  writeSetting("language", language);
  show(language);
}

function fromBrowser(tags) {
  for (const tag of tags) {
    if (TRADITIONAL.test(tag)) return "zh-Hant";
    if (/^zh\b/i.test(tag)) return "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

function show(language) {
  current = language;
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-placeholder]")) {
    node.placeholder = t(node.dataset.placeholder);
  }
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = t(node.dataset.label);
  }
  for (const button of document.querySelectorAll(".languages button")) {
    button.setAttribute("aria-pressed", String(button.value === language));
  }
}
