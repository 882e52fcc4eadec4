// Where the parts of the page are put together.

import { choice } from "./cards.js";
import { loadCatalog } from "./catalog.js";
import { Chat, newConversation } from "./chat.js";
import { copyText, element, shown } from "./dom.js";
import { EXAMPLE_DOCUMENTS, EXAMPLES } from "./examples.js";
import { chooseLanguage, interfaceLanguage, startLanguage, t } from "./language.js";
import { answerWithSources, exportMarkdown, startPast } from "./past.js";
import { badge } from "./places.js";
import { SourceView } from "./source.js";
import { conversations, currentId } from "./store.js";

const MOST_DOCUMENTS = 5;

const find = (selector) => document.querySelector(selector);
const question = find("#question");
const source = new SourceView();
let documents = [];

const chat = new Chat(find("#log"), {
  ask,
  changed,
  open: (citation) => source.open(citation),
  retry: (turn) => chat.retry(turn),
  copy: (turn) => copyText(answerWithSources(turn)),
});

function ask(text) {
  if (chat.busy || text.trim() === "") return;
  question.value = "";
  question.focus({ preventScroll: true });
  chat.ask(text.trim());
}

function begin() {
  if (source.isOpen) source.close();
  chat.show(newConversation());
  question.focus();
}

/** Bring the buttons in line with the conversation. */
function changed() {
  const { turns } = chat.conversation;
  document.body.classList.toggle("empty", turns.length === 0);
  find("#export").disabled = turns.length === 0;
  find("#new").disabled = turns.length === 0;
  find("#send").hidden = chat.busy;
  find("#stop").hidden = !chat.busy;
  if (documents.length === 0 && turns.at(-1)?.stage === "done") showCatalog(); // it failed before
}

async function showCatalog() {
  documents = await loadCatalog().catch(() => []); // asking will say what is wrong
  renderWelcome();
}

function renderWelcome() {
  const bundled = documents.some(({ id }) => EXAMPLE_DOCUMENTS.includes(id));
  const examples = EXAMPLES[interfaceLanguage()].map((text) => choice(text, "", ask));
  find("#examples ul").replaceChildren(...examples);
  find("#examples").hidden = !bundled;
  find("#documents").hidden = documents.length === 0;
  const items = documents.map(documentItem);
  const rest = items.splice(MOST_DOCUMENTS);
  find("#documents ul").replaceChildren(...items, ...more(rest));
}

function documentItem(listed) {
  const { id, title, publisher, date, language, source: file } = listed;
  const open = () => source.open({ document_id: id, start_char: 0, end_char: 0, title, publisher, date, language });
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", class: "card", onclick: open },
      element("span", { class: "title", lang: language }, shown(title || file), " ", badge(listed)),
      element("span", { class: "details", lang: language }, shown([publisher, date].filter(Boolean).join(" · "))),
    ),
  );
}

function more(items) {
  if (items.length === 0) return [];
  const summary = element("summary", {}, t("allDocuments", { n: items.length }));
  return [element("li", {}, element("details", {}, summary, element("ul", {}, ...items)))];
}

function listen() {
  find("#composer").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(question.value);
  });
  question.addEventListener("keydown", (event) => {
    // While a Chinese input method composes, Enter belongs to it (229: Safari).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    ask(question.value);
  });
  find("#stop").addEventListener("click", () => {
    chat.stop();
    question.focus({ preventScroll: true });
  });
  find("#new").addEventListener("click", begin);
  find("#export").addEventListener("click", () => exportMarkdown(chat.conversation));
  for (const button of document.querySelectorAll(".languages button")) {
    button.addEventListener("click", () => {
      chooseLanguage(button.value);
      renderWelcome();
      chat.render();
      source.render();
    });
  }
}

startLanguage();
listen();
startPast({
  choose: (conversation) => chat.show(conversation),
  gone: (id) => (id === null || id === chat.conversation.id) && chat.show(newConversation()),
});
chat.show(conversations().find(({ id }) => id === currentId()) ?? newConversation());
question.focus({ preventScroll: true });
source.followAddress();
showCatalog();
