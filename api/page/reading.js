// A document's text as it is read: headings, paragraphs, lists and tables, the cited words marked.

import { element, shown } from "./dom.js";
import { t } from "./language.js";
import { lineShape } from "./shapes.js";
import { codePoints, cut, locate } from "./text.js";

const TOP_HEADING = 3; // the title above the text is an h2

// Who has only a keyboard scrolls what has the focus.
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

/** The elements of a document's text, for a place in it. */
export function readingView(source, place) {
  return groupsOf(source, place).flatMap(({ kind, lines }) => {
    if (kind === "table") return [tableOf(lines), ...lines.map((line) => line.english)];
    if (kind === "item") return [element("ul", {}, ...lines.map((line) => element("li", { "data-start": String(line.start) }, ...words(line), line.english)))];
    const [line] = lines;
    return [element(tagOf(line), { "data-start": String(line.start) }, ...words(line)), line.english];
  }).filter(Boolean);
}

/** The words that decide in a cited text, as strong. */
export function emphasised(text, spans) {
  const pieces = cut(codePoints(text), spans);
  return pieces.map((piece) => (piece.inside ? element("strong", {}, shown(piece.text)) : shown(piece.text)));
}

/** Lines that stand together: {kind, lines}. */
function groupsOf(source, place) {
  const original = codePoints(source.text);
  const translations = [...(source.translations ?? [])].reverse();
  const groups = [];
  let end = 0;
  for (const paragraph of paragraphsOf(source)) {
    const line = lineOf(original, paragraph, place, translations);
    const kind = ["row", "rule"].includes(line.shape.kind) ? "table" : line.shape.kind;
    const breaks = original.slice(end, paragraph.start_char).filter((point) => point === "\n").length;
    const goesOn = groups.at(-1)?.kind === kind && (kind === "item" || (kind === "table" && breaks < 2));
    if (goesOn) groups.at(-1).lines.push(line);
    else groups.push({ kind, lines: [line] });
    end = paragraph.end_char;
  }
  return groups;
}

/** The text as the service has it, where it does not tell the paragraphs. */
function paragraphsOf({ paragraphs, text }) {
  return paragraphs ?? [{ start_char: 0, end_char: codePoints(text).length, text, is_heading: false }];
}

/** {start, points, shape, isHeading, span, decided, english}; spans are offsets in the points. */
function lineOf(original, { start_char: from, end_char: to, text, is_heading: isHeading }, place, translations) {
  const points = codePoints(text);
  const start = Math.max(place.start_char, from);
  const end = Math.min(place.end_char, to);
  const span = start < end ? locate(original.slice(from, to), points, start - from, end - from) : null;
  const isWhole = span && points.slice(...span).join("") === place.cited_text;
  const decided = isWhole ? (place.answer_spans ?? []).map((one) => one.map((at) => at + span[0])) : [];
  const sentences = [];
  while (translations.at(-1)?.start_char < to) sentences.push(translations.pop());
  return { start: from, points, shape: lineShape(text), isHeading, span, decided, english: english(sentences, place, span) };
}

function tagOf({ shape, isHeading }) {
  if (shape.kind === "heading") return `h${Math.min(6, TOP_HEADING - 1 + shape.depth)}`;
  return isHeading ? `h${TOP_HEADING}` : "p";
}

/** The words of a line's cell without its marks, those that are cited marked. */
function words({ points, shape, span, decided }, number = 0) {
  return shape.cells[number].flatMap(([from, to]) => {
    const within = ([start, end]) => [Math.max(start, from) - from, Math.min(end, to) - from];
    const cited = span ? [within(span)] : [];
    return cut(points.slice(from, to), cited).map(({ text, inside }) => {
      if (!inside) return shown(text);
      const [[first]] = cited;
      const spans = decided.map((one) => within(one).map((at) => at - first));
      return element("mark", {}, ...emphasised(text, spans));
    });
  });
}

/** A table; the rows above its rule are the heads of its columns. */
function tableOf(lines) {
  const rule = lines.findIndex(({ shape }) => shape.kind === "rule");
  const rowOf = (line, tag) => {
    const attributes = tag === "th" ? { scope: "col" } : {};
    return element("tr", {}, ...line.shape.cells.map((_, number) => element(tag, attributes, ...words(line, number))));
  };
  const heads = lines.slice(0, Math.max(rule, 0)).map((line) => rowOf(line, "th"));
  const rows = lines.slice(rule + 1).filter(({ shape }) => shape.kind === "row").map((line) => rowOf(line, "td"));
  const head = heads.length > 0 ? element("thead", {}, ...heads) : null;
  const frame = element("div", { class: "table", role: "group", "aria-label": t("table") },
    element("table", {}, head, element("tbody", {}, ...rows)));
  widths.observe(frame);
  return frame;
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
