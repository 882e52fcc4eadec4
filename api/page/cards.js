// What can be pressed below an answer: its sources, the closest passages, related questions.

import { describe } from "./catalog.js";
import { element, shown } from "./dom.js";
import { interfaceLanguage, t } from "./language.js";
import { badge, doubt, placeWords, sourceDetails, successorWords } from "./places.js";
import { plainWords } from "./shapes.js";
import { guessLanguage } from "./text.js";

const CLOSEST = 3;

/** The sources of an answer by document, in the order in which they are cited first. */
export function sources(turn, actions) {
  const translated = turn.citations.some(({ translation }) => translation) && interfaceLanguage() === "en";
  const ofDocuments = grouped(turn.citations);
  const items = [...ofDocuments.values()].map((citations) => ofDocument(citations, turn, actions));
  return element(
    "section",
    { class: "sources" },
    element("h3", {}, t("sources")),
    element("ul", {}, ...items),
    translated ? element("p", { class: "note" }, t("translated")) : null,
  );
}

function grouped(citations) {
  const found = new Map();
  for (const citation of citations) found.set(citation.document_id, [...(found.get(citation.document_id) ?? []), citation]);
  return found;
}

/** A document with what of it is cited: its title, whether it is in force, whose it is and when. */
function ofDocument(citations, turn, actions) {
  const [first] = citations;
  const { title, language, publisher, date } = first;
  const [known, successor] = [[publisher, date].filter(Boolean).join(" · "), successorWords(first)];
  const head = [
    element("p", { class: "title", lang: language }, shown(title), " ", badge(first)),
    known && element("p", { class: "details", lang: language }, shown(known)),
    successor && element("p", { class: "details" }, shown(successor)),
  ];
  const places = citations.map((citation) => element("li", {}, place(citation, turn, actions)));
  return element("li", { class: "card group" }, ...head.filter(Boolean), element("ul", {}, ...places));
}

/** A cited place: its number, article and page; its words where the answer renders them, or nothing else says where. */
function place(citation, turn, actions) {
  const { index, language, title, translation, cited_text: cited } = citation;
  const [where, page] = [placeWords(citation), sourceDetails({ ...citation, publisher: "", date: "" })];
  const isRendered = translation && interfaceLanguage() === "en";
  const parts = [
    element("span", { class: "number" }, `[${index}]`),
    where && element("span", { class: "place", lang: language }, shown(where)),
    page && element("span", { class: "details" }, shown(page)),
    doubt(citation),
    (isRendered || !where) && element("span", { class: "quote", lang: language }, shown(plainWords(cited))),
  ];
  const attributes = {
    type: "button",
    class: "cite",
    title: t("openSource", { n: index, title }),
    "data-key": `source-${index}`,
    onclick: () => actions.open(citation, turn, `mark-${index}`),
  };
  return element("button", attributes, ...parts.filter(Boolean));
}

export function closest({ passages = [] }, actions) {
  if (passages.length === 0) return null;
  const items = passages.slice(0, CLOSEST).map((passage) => {
    const known = describe(passage.document_id) ?? {};
    const { title = passage.source, publisher, date, language } = known;
    return card(actions, { ...passage, title, publisher, date, language }, `near-${passage.rank}`, [
      element("span", { class: "quote", lang: language }, shown(plainWords(passage.text))),
      element("span", { class: "details", lang: language }, shown(title), " ", badge(known)),
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

function card(actions, where, key, children) {
  const open = () => actions.open(where);
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
