// The source beside the answer: the document's text at the passage, the cited sentence marked.

import { loadDocument } from "./catalog.js";
import { copyText, element, shown } from "./dom.js";
import { t } from "./language.js";
import { badge, placeWords, sourceDetails, successorWords } from "./places.js";
import { Failure } from "./stream.js";
import { codePoints, cut, locate, sourcePath } from "./text.js";

const NAME = document.title;
const WIDE = matchMedia("(min-width: 62rem)"); // as in source.css

export class SourceView {
  #dialog = document.querySelector("#source");
  #place = null;
  #opener = null;

  constructor() {
    const press = (id, action) => this.#find(id).addEventListener("click", action);
    press("#close-source", () => this.close());
    press("#share", () => this.#share());
    press("#english", () => this.#toggleEnglish());
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    document.addEventListener("keydown", (event) => {
      const beside = this.#dialog.open && !document.querySelector("dialog:modal");
      if (event.key === "Escape" && beside && !event.isComposing) this.close();
    });
    WIDE.addEventListener("change", () => {
      if (!this.#dialog.open) return;
      this.#dialog.close();
      this.#openDialog();
    });
    addEventListener("popstate", () => this.followAddress());
  }

  /** Show a place {document_id, start_char, end_char}, or a citation; the address names it. */
  open(place) {
    const path = sourcePath(place);
    if (placeOf(location)) history.replaceState(history.state, "", path);
    else history.pushState({ opened: true }, "", path);
    return this.#show(place);
  }

  close() {
    if (history.state?.opened) history.back(); // followAddress hides it
    else {
      history.replaceState(null, "", "/");
      this.#hide();
    }
  }

  /** Show what the address names, as it does for a link that was shared. */
  followAddress() {
    const place = placeOf(location);
    if (place) return this.#show(place);
    this.#hide();
    return undefined;
  }

  get isOpen() {
    return this.#place !== null;
  }

  render() {
    if (this.#place) this.#show(this.#place);
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }

  async #show(place) {
    this.#place = place;
    if (!this.#dialog.open) {
      this.#opener = document.activeElement;
      this.#openDialog();
    }
    this.#describe(place);
    this.#find(".text").replaceChildren(element("p", { class: "note" }, t("opening")));
    this.#find("#english").hidden = true;
    const source = await loadDocument(place.document_id).catch((failure) => failure);
    if (this.#place !== place) return; // closed meanwhile, or another one opened
    if (source instanceof Failure) this.#fail(source);
    else this.#fill(source, place);
  }

  #openDialog() {
    if (WIDE.matches) this.#dialog.show();
    else this.#dialog.showModal();
    document.body.classList.add("reading");
    this.#find("#source-title").focus({ preventScroll: true });
  }

  #hide() {
    this.#place = null;
    if (!this.#dialog.open) return;
    this.#dialog.close();
    document.body.classList.remove("reading");
    document.title = NAME;
    const next = this.#opener?.isConnected ? this.#opener : document.querySelector("#question");
    next.focus({ preventScroll: true });
  }

  #describe({ index, title = "", language, ...details }) {
    this.#find(".kicker").textContent = index ? t("sourceNumber", { n: index }) : t("source");
    const heading = this.#find("#source-title");
    heading.replaceChildren(shown(title || t("source")));
    document.title = title ? `${title} · ${NAME}` : NAME;
    heading.lang = title ? language : document.documentElement.lang;
    const where = element("span", { lang: language }, shown(placeWords(details)));
    const known = element("span", {}, shown(sourceDetails(details)), " ", badge(details));
    const successor = element("span", {}, shown(successorWords(details)));
    this.#find(".meta").replaceChildren(...[where, known, successor].filter((line) => line.textContent.trim()));
  }

  #fill(source, place) {
    const { title, publisher, date, language, version, replaced_by } = source;
    this.#describe({ ...place, title, publisher, date, language, version, replaced_by });
    const text = this.#find(".text");
    text.lang = language;
    text.replaceChildren(...readingView(source, place));
    this.#find("#english").hidden = !(source.translations?.length > 0);
    this.#find(".scroller").scrollTop = 0;
    this.#scrollToCited();
  }

  #scrollToCited() {
    const cited = this.#find("mark");
    const scroller = this.#find(".scroller");
    if (!cited) return;
    const above = cited.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += above - scroller.clientHeight / 4;
  }

  #fail({ kind, detail, seconds }) {
    const words = t(kind === "missing" ? "noDocument" : kind, { detail, n: seconds });
    const retry = { type: "button", class: "button", onclick: () => this.render() };
    const button = kind === "missing" ? null : element("button", retry, t("retry"));
    const text = this.#find(".text");
    text.lang = document.documentElement.lang;
    text.replaceChildren(element("div", { class: "failure", role: "alert" }, element("p", {}, shown(words)), button));
  }

  async #share() {
    const copied = await copyText(location.origin + sourcePath(this.#place));
    const words = this.#find("#share span");
    words.textContent = t(copied ? "copied" : "copyFailed");
    setTimeout(() => (words.textContent = t("copyLink")), 2500);
  }

  #toggleEnglish() {
    const on = this.#dialog.classList.toggle("bilingual");
    this.#find("#english").setAttribute("aria-pressed", String(on));
    this.#scrollToCited();
  }
}

/** The place that an address names, or null. */
function placeOf({ pathname, hash }) {
  const path = /^\/documents\/([^/]+)\/?$/.exec(pathname);
  if (!path) return null;
  const [, start = 0, end = 0] = /^#char=(\d+),(\d+)$/.exec(hash) ?? [];
  return { document_id: decodeURIComponent(path[1]), start_char: Number(start), end_char: Number(end) };
}

function readingView(source, place) {
  const original = codePoints(source.text);
  const translations = [...(source.translations ?? [])].reverse();
  return paragraphsOf(source).flatMap((paragraph) => {
    const { start_char: from, end_char: to, text, is_heading: isHeading } = paragraph;
    const reading = codePoints(text);
    const start = Math.max(place.start_char, from);
    const end = Math.min(place.end_char, to);
    const span = start < end ? locate(original.slice(from, to), reading, start - from, end - from) : null;
    const pieces = cut(reading, span ? [span] : []).map((piece) =>
      piece.inside ? citedPart(piece.text, place) : shown(piece.text),
    );
    const sentences = [];
    while (translations.at(-1)?.start_char < to) sentences.push(translations.pop());
    return [element(isHeading ? "h3" : "p", {}, ...pieces), english(sentences, place, span)].filter(Boolean);
  });
}

/** The text as the service has it, where it does not tell the paragraphs. */
function paragraphsOf({ paragraphs, text }) {
  return paragraphs ?? [{ start_char: 0, end_char: codePoints(text).length, text, is_heading: false }];
}

function citedPart(text, { cited_text: cited, answer_spans: spans = [] }) {
  const pieces = cut(codePoints(text), text === cited ? spans : []);
  const children = pieces.map((piece) => (piece.inside ? element("strong", {}, shown(piece.text)) : shown(piece.text)));
  return element("mark", {}, ...children);
}

/** The unofficial English of a paragraph: that of the cited sentences always shows. */
function english(translations, place, isCited) {
  const sentences = translations.map((one) => {
    const cited = one.start_char < place.end_char && one.end_char > place.start_char;
    return element("span", { class: cited ? "cited" : "other" }, shown(`${one.text} `));
  });
  if (sentences.length === 0 && isCited && place.translation) {
    sentences.push(element("span", { class: "cited" }, shown(place.translation)));
  }
  if (sentences.length === 0) return null;
  const label = element("span", { class: "label", lang: document.documentElement.lang }, t("unofficial"));
  const kind = isCited ? "english cited-english" : "english";
  return element("div", { class: kind, lang: "en" }, label, element("p", {}, ...sentences));
}
