// The source beside the answer: the document at the passage, the cited sentence marked.

import { goToPlace, leavePlace, placeOf } from "./address.js";
import { loadDocument } from "./catalog.js";
import { copyText, element, shown } from "./dom.js";
import { FindBar, Outline } from "./finding.js";
import { t } from "./language.js";
import { OriginalView } from "./original.js";
import { badge, doubt, placeWords, sourceDetails, successorWords } from "./places.js";
import { readingView } from "./reading.js";
import { Failure } from "./stream.js";
import { sourcePath } from "./text.js";

const NAME = document.title;
const WIDE = matchMedia("(min-width: 62rem)"); // as in source.css

export class SourceView {
  #dialog = document.querySelector("#source");
  #place = null;
  #opener = null;
  #original = new OriginalView(this.#dialog, (isShown) => this.#turned(isShown));
  #finder = new FindBar(this.#dialog, () => this.#original.showText());
  #outline = new Outline(this.#dialog, (start) => this.#goTo(start));
  #hasEnglish = false;
  #moved;

  /** `moved` hears that another place is shown, or none. */
  constructor(moved) {
    this.#moved = moved;
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
  }

  /**
   * Show a place {document_id, start_char, end_char}, or a citation; the address names it, and
   * `active` {turn, index, mark} is the [n] that was pressed.
   */
  open(place, active = null) {
    goToPlace(place, active);
    return this.#show(place);
  }

  close() {
    if (!leavePlace()) this.#hide(); // else followAddress hides it
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
    this.#moved();
    this.#describe(place);
    this.#finder.putAway();
    this.#outline.putAway();
    this.#find("#outline").hidden = true;
    this.#find(".text").replaceChildren(element("p", { class: "note" }, t("opening")));
    this.#find("#english").hidden = true;
    this.#find("#download").hidden = true;
    this.#original.putAway();
    const source = await loadDocument(place.document_id).catch((failure) => failure);
    if (this.#place !== place) return; // closed meanwhile, or another one opened
    if (source instanceof Failure) this.#fail(source);
    else this.#fill(source, place);
  }

  #openDialog() {
    if (WIDE.matches) this.#dialog.show();
    else this.#dialog.showModal();
    document.body.classList.add("reading");
    dispatchEvent(new Event("arrange"));
    this.#find("#source-title").focus({ preventScroll: true });
  }

  #hide() {
    this.#place = null;
    if (!this.#dialog.open) return;
    this.#dialog.close();
    document.body.classList.remove("reading");
    dispatchEvent(new Event("arrange"));
    this.#moved();
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
    const lines = [where, known, successor, doubt(details)];
    this.#find(".meta").replaceChildren(...lines.filter((line) => line?.textContent.trim()));
  }

  #fill(source, place) {
    const { title, publisher, date, language, version, replaced_by } = source;
    this.#describe({ ...place, title, publisher, date, language, version, replaced_by });
    const text = this.#find(".text");
    text.lang = language;
    text.replaceChildren(...readingView(source, place));
    this.#hasEnglish = source.translations?.length > 0;
    this.#offerDownload(source);
    this.#original.open(source, place);
    this.#outline.offer(place.document_id);
  }

  /** Scroll to the paragraph that begins at an offset, as the outline names it. */
  #goTo(start) {
    this.#original.showText();
    const nodes = [...this.#find(".text").querySelectorAll("[data-start]")];
    const node = nodes.findLast(({ dataset }) => Number(dataset.start) <= start) ?? nodes[0];
    const scroller = this.#find(".scroller");
    scroller.scrollTop += (node?.getBoundingClientRect().top ?? 0) - scroller.getBoundingClientRect().top - 16;
    scroller.focus({ preventScroll: true });
  }

  /** The text shows, or the original instead. */
  #turned(isOriginal) {
    this.#find("#english").hidden = !this.#hasEnglish || isOriginal;
    if (!isOriginal) this.#scrollToCited();
  }

  #offerDownload({ id, source, has_original: isKept }) {
    const link = this.#find("#download");
    link.hidden = !isKept;
    link.href = `/documents/${encodeURIComponent(id)}/original`;
    const kind = /\.(\w{1,5})$/.exec(source)?.[1].toUpperCase() ?? "";
    link.querySelector("span").textContent = [t("download"), kind].filter(Boolean).join(" · ");
  }

  #scrollToCited() {
    const cited = this.#find(".text mark");
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
