// Words found in the text of the open document, and its outline.

import { loadOutline } from "./catalog.js";
import { element, shown } from "./dom.js";
import { t } from "./language.js";

const MOST = 1_000; // places that are marked
const paints = "highlights" in CSS;

/** The bar that finds words in a text; `reveal` makes the text show where a picture does. */
export class FindBar {
  #dialog;
  #reveal;
  #places = [];
  #at = -1;

  constructor(dialog, reveal) {
    this.#dialog = dialog;
    this.#reveal = reveal;
    const press = (id, action) => this.#find(id).addEventListener("click", action);
    press("#find", () => (this.isOpen ? this.close() : this.open()));
    press("#find-before", () => this.#step(-1));
    press("#find-after", () => this.#step(1));
    press("#close-find", () => this.close());
    this.#find("#find-words").addEventListener("input", () => this.search());
    this.#find(".finder").addEventListener("keydown", (event) => this.#pressed(event));
  }

  get isOpen() {
    return !this.#find(".finder").hidden;
  }

  open() {
    this.#reveal();
    this.#show(true);
    this.#find("#find-words").select();
    this.search();
  }

  close() {
    this.#show(false);
    this.#mark([]);
    this.#find("#find").focus();
  }

  /** Forget what was found, as another document is shown. */
  putAway() {
    this.#show(false);
    this.#mark([]);
  }

  search() {
    const asked = this.#find("#find-words").value.trim().toLowerCase();
    this.#mark(asked ? placesOf(this.#find(".text"), asked) : []);
    this.#at = -1;
    if (this.#places.length > 0) this.#step(1);
    else this.#tell(asked ? t("nothingFound") : "");
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }

  #show(isShown) {
    this.#find(".finder").hidden = !isShown;
    this.#find("#find").setAttribute("aria-expanded", String(isShown));
    if (isShown) this.#find("#find-words").focus();
  }

  #mark(places) {
    this.#places = places;
    if (!paints) return;
    CSS.highlights.delete("found-now");
    if (places.length > 0) CSS.highlights.set("found", new Highlight(...places));
    else CSS.highlights.delete("found");
  }

  #step(by) {
    const count = this.#places.length;
    if (count === 0) return;
    this.#at = (this.#at + by + count) % count;
    const place = this.#places[this.#at];
    if (paints) CSS.highlights.set("found-now", new Highlight(place));
    scrollTo(this.#find(".scroller"), place);
    this.#tell(t("foundAt", { n: this.#at + 1, all: count }));
  }

  #tell(words) {
    this.#find("#find-count").textContent = words;
  }

  #pressed(event) {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    if (event.key === "Enter" && event.target.id !== "find-words") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") this.close();
    else this.#step(event.shiftKey ? -1 : 1);
  }
}

function scrollTo(scroller, place) {
  const above = place.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += above - scroller.clientHeight / 3;
}

/** Where words stand in the text that shows, as ranges; a paragraph is one text. */
function placesOf(text, asked) {
  const found = [];
  for (const block of text.querySelectorAll("p, h3, h4, h5, h6, li, td, th")) {
    if (block.querySelector("p, li, td, th") || block.offsetParent === null) continue;
    const nodes = [];
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const words = nodes.map(({ data }) => data.toLowerCase()).join("");
    if (words.length !== block.textContent.length) continue; // İ is longer in lower case
    for (let at = words.indexOf(asked); at >= 0 && found.length < MOST; at = words.indexOf(asked, at + asked.length)) {
      found.push(rangeOf(nodes, at, at + asked.length));
    }
  }
  return found;
}

function rangeOf(nodes, start, end) {
  const range = document.createRange();
  let at = 0;
  for (const node of nodes) {
    const next = at + node.length;
    if (start >= at && start < next) range.setStart(node, start - at);
    if (end > at && end <= next) range.setEnd(node, end - at);
    at = next;
  }
  return range;
}

/** The outline of the open document: `go` hears which place was pressed. */
export class Outline {
  #dialog;
  #go;

  constructor(dialog, go) {
    this.#dialog = dialog;
    this.#go = go;
    dialog.querySelector("#outline").addEventListener("click", () => this.#toggle());
  }

  putAway() {
    this.#show(false);
    this.#dialog.querySelector(".contents ol").replaceChildren();
  }

  /** Offer the headings and articles of a document, where it has some. */
  async offer(id) {
    const items = await loadOutline(id).catch(() => []);
    this.#dialog.querySelector("#outline").hidden = items.length < 2;
    this.#dialog.querySelector(".contents ol").replaceChildren(...items.map((one) => this.#item(one)));
  }

  #item({ text, depth, start_char: start }) {
    const press = () => {
      this.#show(false);
      this.#go(start);
    };
    return element("li", { class: `depth-${Math.min(depth, 4)}` }, element("button", { type: "button", onclick: press }, shown(text)));
  }

  #toggle() {
    this.#show(this.#dialog.querySelector(".contents").hidden);
  }

  #show(isShown) {
    this.#dialog.querySelector(".contents").hidden = !isShown;
    this.#dialog.querySelector("#outline").setAttribute("aria-expanded", String(isShown));
    if (isShown) this.#dialog.querySelector(".contents button")?.focus();
  }
}
