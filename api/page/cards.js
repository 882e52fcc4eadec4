// What can be pressed below an answer: its sources, the closest passages, related questions.

import { describe } from "./catalog.js";
import { element, shown } from "./dom.js";
import { t } from "./language.js";
import { badge, doubt, placeWords, sourceDetails, successorWords } from "./places.js";
import { plainWords } from "./shapes.js";
import { guessLanguage } from "./text.js";

const CLOSEST = 3;

export function sources(turn, actions) {
  const translated = turn.citations.some((citation) => citation.translation);
  const items = turn.citations.map((citation) => source(citation, actions));
  return element(
    "section",
    { class: "sources" },
    element("h3", {}, t("sources")),
    element("ul", {}, ...items),
    translated ? element("p", { class: "note" }, t("translated")) : null,
  );
}

function source(citation, actions) {
  const { index, title, language, translation, cited_text: cited } = citation;
  const [where, successor] = [placeWords(citation), successorWords(citation)];
  const original = translation ? element("span", { class: "quote", lang: language }, shown(plainWords(cited))) : null;
  return card(actions, citation, `source-${index}`, [
    element("span", { class: "number" }, `[${index}]`),
    element("span", { class: "title", lang: language }, shown(title), " ", badge(citation)),
    where && element("span", { class: "place", lang: language }, shown(where)),
    element("span", { class: "details" }, shown(sourceDetails(citation))),
    successor && element("span", { class: "details" }, shown(successor)),
    doubt(citation),
    original,
  ]);
}

export function closest({ passages = [] }, actions) {
  if (passages.length === 0) return null;
  const items = passages.slice(0, CLOSEST).map((passage) => {
    const { title = passage.source, publisher, date, language } = describe(passage.document_id) ?? {};
    return card(actions, { ...passage, title, publisher, date, language }, `near-${passage.rank}`, [
      element("span", { class: "quote", lang: language }, shown(plainWords(passage.text))),
      element("span", { class: "details", lang: language }, shown(title)),
      element("span", { class: "details" }, shown(sourceDetails({ ...passage, publisher, date }))),
    ]);
  });
  return element(
    "section",
    { class: "sources near" },
    element("h3", {}, t("closest")),
    element("p", { class: "note" }, t("closestNote")),
    element("ul", {}, ...items),
  );
}

function card(actions, place, key, children) {
  const open = () => actions.open(place);
  const attributes = { type: "button", class: "card", "data-key": key, onclick: open };
  return element("li", {}, element("button", attributes, ...children.filter(Boolean)));
}

export function related({ related: questions }, actions) {
  const items = questions.map((question, number) => choice(question, `related-${number}`, actions.ask));
  return element(
    "section",
    { class: "related" },
    element("h3", {}, t("related")),
    element("ul", { class: "choices" }, ...items),
  );
}

/** A question to choose with one press. */
export function choice(question, key, ask) {
  const lang = guessLanguage(question, document.documentElement.lang);
  const attributes = { type: "button", lang, "data-key": key, onclick: () => ask(question) };
  return element("li", {}, element("button", attributes, shown(question)));
}
