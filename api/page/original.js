// The original beside the answer: pages of a file as pictures, the cited place marked on them.

import { element, shown } from "./dom.js";
import { t } from "./language.js";
import { emphasised } from "./reading.js";
import { plainWords } from "./shapes.js";
import { readSetting, writeSetting } from "./store.js";

const WIDTHS = [1000, 2000]; // pixels that a page is drawn with; it is kept for the next reader

/** The switch between text and original, and the original. `turned` hears which of them shows. */
export class OriginalView {
  #dialog;
  #turned;
  #source = null;
  #place = null;
  #page = 1;
  #isShown = false;
  #hasFailed = false;

  constructor(dialog, turned) {
    this.#dialog = dialog;
    this.#turned = turned;
    const press = (id, action) => this.#find(id).addEventListener("click", action);
    press("#page-before", () => this.#turnBy(-1));
    press("#page-after", () => this.#turnBy(1));
    press("#enlarge", () => this.#enlarge());
    for (const button of dialog.querySelectorAll(".views .switch button")) {
      button.addEventListener("click", () => this.#choose(button.value));
    }
    dialog.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Offer the pages of a document, at the cited one. A place drawn again stays as it was. */
  open(source, place) {
    const { has_original: isKept, pages = [] } = source;
    if (place !== this.#place) {
      this.#place = place;
      this.#page = Math.min(Math.max(place.page ?? 1, 1), Math.max(pages.length, 1));
      const isFound = place.page > 0 || place.start_char >= place.end_char; // else the text shows it
      this.#isShown = isFound && readSetting("view") !== "text";
      this.#hasFailed = false;
    }
    this.#source = source;
    this.#find(".views").hidden = !(isKept && pages.length > 0);
    this.#isShown &&= !this.#find(".views").hidden;
    this.#render();
  }

  /** Put away what is shown, while another document is fetched. */
  putAway() {
    this.#find(".views").hidden = true;
    this.#find(".original").hidden = true;
    this.#find(".text").hidden = false;
    this.#find("#no-picture").replaceChildren();
  }

  /** Have the text show, as what is looked for stands there. */
  showText() {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#render();
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }

  get #spots() {
    return (this.#place.boxes ?? []).filter(({ page }) => page === this.#page);
  }

  #choose(view) {
    writeSetting("view", view);
    this.#isShown = view === "original";
    this.#hasFailed = false;
    this.#render();
  }

  #render() {
    for (const button of this.#dialog.querySelectorAll(".views .switch button")) {
      button.setAttribute("aria-pressed", String((button.value === "original") === this.#isShown));
    }
    this.#find(".pager").hidden = !this.#isShown && !this.#hasFailed;
    this.#find(".original").hidden = !this.#isShown;
    this.#find(".text").hidden = this.#isShown;
    const message = this.#hasFailed ? [element("p", { class: "failure", role: "alert" }, t("noPicture", { n: this.#page }))] : [];
    this.#find("#no-picture").replaceChildren(...message);
    this.#renderPager();
    this.#find(".original").replaceChildren(...(this.#isShown ? this.#parts() : []));
    this.#find(".scroller").scrollTo(0, 0);
    if (this.#isShown) this.#load();
    this.#turned(this.#isShown);
  }

  #renderPager() {
    const all = this.#source.pages?.length ?? 0;
    const number = this.#find("#page-number");
    const words = t("pageOf", { n: this.#page, all });
    if (number.textContent !== words) number.textContent = words;
    this.#find("#enlarge").hidden = !this.#isShown;
    const ends = { "#page-before": 1, "#page-after": all };
    for (const [id, end] of Object.entries(ends)) {
      this.#find(id).hidden = all < 2;
      this.#find(id).setAttribute("aria-disabled", String(this.#page === end)); // and keeps the focus
    }
  }

  #parts() {
    const { pages, title, source } = this.#source;
    const { width, height } = pages[this.#page - 1];
    const caption = this.#caption();
    const describes = caption && this.#spots.length > 0 ? caption.id : undefined;
    const alt = t("pageOfTitle", { n: this.#page, title: title || source });
    const waiting = element("p", { class: "note", "aria-hidden": "true" }, t("openingPage", { n: this.#page }));
    const sheet = element("div", { class: "sheet", "aria-busy": "true" }, waiting,
      element("img", { alt, "aria-describedby": describes }), ...this.#spots.map(spot));
    sheet.style.aspectRatio = `${width} / ${height}`; // before the picture comes, so nothing jumps
    return [caption, sheet].filter(Boolean);
  }

  /** The cited words where they are on this page, else the way to them. */
  #caption() {
    const { cited_text: cited, reading, page, answer_spans: spans = [] } = this.#place;
    if (!cited || !page) return null;
    const attributes = { id: "cited-words" };
    if (this.#spots.length === 0) {
      const press = () => this.#turnTo(page, { atSpot: true });
      const button = element("button", { type: "button", class: "button", onclick: press }, t("toCited", { n: page }));
      return element("figcaption", attributes, button);
    }
    const plain = plainWords(reading || cited);
    const words = plain === cited ? emphasised(cited, spans) : [shown(plain)];
    return element("figcaption", attributes, element("span", { class: "label" }, t("citedHere")),
      element("p", { lang: this.#source.language }, ...words));
  }

  #load() {
    const [sheet, picture] = [this.#find(".sheet"), this.#find(".sheet img")];
    const wide = sheet.clientWidth * devicePixelRatio > WIDTHS[0];
    const isCurrent = () => picture.isConnected && this.#isShown;
    picture.addEventListener("load", () => sheet.removeAttribute("aria-busy"));
    picture.addEventListener("error", () => isCurrent() && this.#fail());
    picture.src = `/documents/${encodeURIComponent(this.#source.id)}/pages/${this.#page}.png?width=${WIDTHS[Number(wide)]}`;
    this.#scrollToSpot();
  }

  #fail() {
    this.#isShown = false;
    this.#hasFailed = true;
    this.#render();
  }

  /** From the top the caption shows as well, so that is left only for what lies too deep. */
  #scrollToSpot() {
    const cited = this.#find(".spot")?.getBoundingClientRect();
    if (!cited) return;
    const scroller = this.#find(".scroller");
    const frame = scroller.getBoundingClientRect();
    const last = [...scroller.querySelectorAll(".spot")].at(-1).getBoundingClientRect();
    if (last.bottom > frame.bottom - 8) scroller.scrollTop += cited.top - frame.top - scroller.clientHeight / 3;
    scroller.scrollLeft += cited.left - frame.left - Math.max(scroller.clientWidth - cited.width, 0) / 2;
  }

  #turnBy(by) {
    return this.#turnTo(this.#page + by);
  }

  /** Show a page from its top, or where it is cited. */
  #turnTo(page, { atSpot = false } = {}) {
    if (page < 1 || page > this.#source.pages.length) return false;
    const hadFocus = this.#find(".original").contains(document.activeElement);
    this.#page = page;
    this.#isShown = true;
    this.#hasFailed = false;
    this.#render();
    if (!atSpot) this.#find(".scroller").scrollTo(0, 0);
    if (hadFocus) this.#find(".scroller").focus({ preventScroll: true });
    return true;
  }

  #enlarge() {
    const on = this.#find(".original").classList.toggle("enlarged");
    this.#find("#enlarge").setAttribute("aria-pressed", String(on));
    this.#render();
  }

  /** Keys turn pages: those of pages at the end of one, and arrows where nothing is to be moved. */
  #pressed(event) {
    if (!this.#isShown || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const scroller = this.#find(".scroller");
    const { scrollTop, scrollHeight, clientHeight, scrollWidth, clientWidth } = scroller;
    const isWhole = scrollWidth <= clientWidth;
    if (isWhole && event.key === "ArrowRight") this.#turnBy(1);
    else if (isWhole && event.key === "ArrowLeft") this.#turnBy(-1);
    else if (event.key === "PageDown" && scrollTop + clientHeight >= scrollHeight - 1) this.#turnBy(1);
    else if (event.key === "PageUp" && scrollTop <= 0 && this.#turnBy(-1)) scroller.scrollTo(0, scroller.scrollHeight);
    else if (event.key === "PageDown") scroller.scrollBy(0, 0.9 * clientHeight);
    else if (event.key === "PageUp") scroller.scrollBy(0, -0.9 * clientHeight);
    else return;
    event.preventDefault();
  }
}

/** A cited line, in shares of its page. */
function spot({ left, top, right, bottom }) {
  const node = element("span", { class: "spot", "aria-hidden": "true" });
  const share = (value) => `${100 * value}%`;
  Object.assign(node.style, { left: share(left), top: share(top), width: share(right - left), height: share(bottom - top) });
  return node;
}
