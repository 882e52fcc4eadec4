// The library: its documents searched and narrowed, chosen for questions, opened, removed.

import { element, shown } from "./dom.js";
import { t } from "./language.js";
import { badge } from "./places.js";
import { chooseScope, languageName, MOST_CHOSEN, ofDocuments, ofFacets } from "./scope.js";
import { Failure, fetchJson, removeDocument } from "./stream.js";
import { offerUndo } from "./toast.js";
import { isWritable } from "./uploads.js";

const PART = 50; // documents that are listed at once
const TYPING = 200; // milliseconds that a reader may pause

const dialog = document.querySelector("#library");
const find = (selector) => dialog.querySelector(selector);
const fields = { publisher: find("#by-publisher"), year: find("#by-year"), language: find("#by-language") };

let listed = { total: 0, documents: [], facets: null };
let failure = null;
let actions = {};
let latest = 0;
const chosen = new Map();
const leaving = new Set();

/** Make the library work; `open` shows a document, `ask` puts the focus on the question. */
export function startLibrary(does) {
  actions = does;
  document.querySelector("#library-button").addEventListener("click", show);
  find("#close-library").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  let typing = 0;
  find("#search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(load, TYPING);
  });
  for (const field of [...Object.values(fields), find("#only-current")]) field.addEventListener("change", load);
  find("#more").addEventListener("click", more);
  find("#ask-these").addEventListener("click", askThese);
  find("#choose-none").addEventListener("click", () => {
    chosen.clear();
    render();
  });
}

export function show() {
  if (!dialog.open) dialog.showModal();
  find("#search").focus();
  load();
}

/** Show a document in the library's place. */
export function open(place) {
  dialog.close();
  actions.open(place);
}

/** Fetch again what is shown, where the library has changed. */
export function refresh() {
  if (dialog.open) load();
}

const query = () => ({
  q: find("#search").value.trim(),
  publisher: fields.publisher.value,
  year: fields.year.value,
  language: fields.language.value,
  current: find("#only-current").checked ? "true" : "",
});

function address(parts) {
  const said = Object.entries({ ...query(), ...parts }).filter(([, value]) => value !== "");
  return `/library?${new URLSearchParams(said)}`;
}

async function load() {
  const turn = (latest += 1);
  const found = await fetchJson(address({ limit: PART })).catch((error) => error);
  if (turn !== latest) return; // typed on meanwhile
  failure = found instanceof Error ? found : null;
  if (failure && !(failure instanceof Failure)) throw failure;
  if (!failure) listed = found;
  render();
}

async function more() {
  const { documents } = await fetchJson(address({ limit: PART, offset: listed.documents.length }));
  const first = listed.documents.length;
  listed.documents.push(...documents);
  render();
  find("#found").children[first]?.querySelector("button")?.focus();
}

/** Draw what is listed; called again where the language has changed. */
export function render() {
  const { documents, facets } = listed;
  const shownOnes = documents.filter(({ id }) => !leaving.has(id));
  const total = listed.total - (documents.length - shownOnes.length);
  find("#count").textContent = failure ? "" : t(total === 1 ? "documentsOne" : "documentsMany", { n: total });
  if (facets) {
    fill(fields.publisher, t("anyPublisher"), facets.publishers);
    fill(fields.year, t("anyYear"), facets.years);
    fill(fields.language, t("anyLanguage"), facets.languages, languageName);
  }
  const message = failure && t(failure.kind, { detail: failure.detail, n: failure.seconds });
  const empty = message || (shownOnes.length === 0 && t("nothingFound"));
  const note = element("li", { class: message ? "failure" : "note" }, shown(empty || ""));
  find("#found").replaceChildren(...(empty ? [note] : shownOnes.map(item)));
  find("#more").hidden = Boolean(failure) || documents.length >= listed.total;
  renderChoice();
}

/** The values of a field with how many documents each has; the chosen one stays. */
function fill(field, any, values, name = (value) => value) {
  const before = field.value;
  const kept = before && !values.some(({ value }) => value === before) ? [{ value: before, count: 0 }] : [];
  const options = [...values, ...kept].map(({ value, count }) => element("option", { value }, shown(`${name(value)} (${count})`)));
  field.replaceChildren(element("option", { value: "" }, any), ...options);
  field.value = before;
}

function renderChoice() {
  const isNarrowed = Object.values(query()).some((value) => value !== "");
  const count = chosen.size || (isNarrowed ? listed.total : 0);
  const canBeAsked = chosen.size > 0 ? count <= MOST_CHOSEN : count <= MOST_CHOSEN || query().q === "";
  const words = canBeAsked ? t(count === 1 ? "askOne" : "askThese", { n: count }) : t("tooMany", { n: MOST_CHOSEN });
  find("#choice").hidden = count === 0;
  find("#ask-these").textContent = words;
  find("#ask-these").disabled = !canBeAsked;
  find("#choose-none").hidden = chosen.size === 0;
}

async function askThese() {
  if (chosen.size > 0) chooseScope(ofDocuments([...chosen.keys()], chosen.values().next().value));
  else if (listed.total > MOST_CHOSEN) chooseScope(ofFacets(query(), listed.total));
  else {
    const { documents } = await fetchJson(address({ limit: MOST_CHOSEN }));
    const scope = ofDocuments(documents.map(({ id }) => id), documents[0]?.title);
    chooseScope({ ...scope, words: scope.words || ofFacets(query(), 0).words });
  }
  dialog.close();
  actions.ask();
}

/** Put the next questions to these documents, as many as a question may name. */
export function askOf(ids, title) {
  chooseScope(ids.length <= MOST_CHOSEN ? ofDocuments(ids, title) : null);
  dialog.close();
  actions.ask();
}

function item(document_) {
  const { id, title, publisher, date, number, language, source } = document_;
  const name = title || source;
  const choose = element("input", { type: "checkbox", "aria-label": t("choose", { title: name }), "data-key": id });
  choose.checked = chosen.has(id);
  choose.addEventListener("change", () => {
    if (choose.checked) chosen.set(id, name);
    else chosen.delete(id);
    renderChoice();
  });
  const press = () => open({ document_id: id, start_char: 0, end_char: 0, title: name, publisher, date, language });
  const details = [publisher, date, number, source !== name && source].filter(Boolean).join(" · ");
  const button = element("button", { type: "button", class: "open", onclick: press },
    element("span", { class: "title", lang: language }, shown(name), " ", badge(document_)),
    element("span", { class: "details", lang: language }, shown(details)));
  const label = t("removeDocument", { title: name });
  const remove = element("button", { type: "button", class: "action bare", "aria-label": label, title: label, onclick: () => leave(id, name) }, "×");
  return element("li", { class: "listed" }, choose, button, isWritable() ? remove : null);
}

/** Hide a document; it is removed once nobody takes that back. */
function leave(id, title) {
  leaving.add(id);
  chosen.delete(id);
  render();
  find("#search").focus();
  const back = () => {
    leaving.delete(id);
    render();
  };
  const settle = async () => {
    const error = await removeDocument(id).catch((reason) => reason);
    back();
    if (error instanceof Failure) find("#count").textContent = t("refused", { detail: error.detail });
    else actions.changed();
  };
  offerUndo(t("removed", { title }), { undo: back, settle });
}
