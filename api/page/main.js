// Where the parts of the page are put together.

import { begun, conversationPath, entry, goTo } from "./address.js";
import { choice } from "./cards.js";
import { loadCatalog } from "./catalog.js";
import { Chat, newConversation } from "./chat.js";
import { announce, copyText, element, shown } from "./dom.js";
import { EXAMPLE_DOCUMENTS, EXAMPLES } from "./examples.js";
import { answerWithSources, startExport } from "./exporting.js";
import { chooseLanguage, interfaceLanguage, startLanguage, t } from "./language.js";
import * as library from "./library.js";
import * as past from "./past.js";
import { badge } from "./places.js";
import * as scopes from "./scope.js";
import { SourceView } from "./source.js";
import { conversation, readHere, writeHere } from "./store.js";
import { Failure } from "./stream.js";
import { codePoints } from "./text.js";
import * as uploads from "./uploads.js";

const MOST_DOCUMENTS = 5;
const MOST_CHARACTERS = 2_000; // of a question, as qa/questions/checking.py

const find = (selector) => document.querySelector(selector);
const question = find("#question");
const source = new SourceView(markActive);
let documents = [];

const chat = new Chat(find("#log"), {
  ask,
  changed,
  rendered: markActive,
  open: (citation, turn, mark) => source.open(citation, turn && { turn: chat.conversation.turns.indexOf(turn), index: citation.index, mark }),
  retry: (turn) => chat.retry(turn),
  copy: (turn) => copyText(answerWithSources(turn)),
});

function ask(text) {
  if (chat.busy || text.trim() === "" || excess(text) > 0) return;
  if (text === question.value) question.value = "";
  typed();
  question.focus({ preventScroll: true });
  if (chat.conversation.turns.length === 0) begun(chat.conversation.id);
  chat.ask(text.trim(), scopes.scope());
}

function begin() {
  goTo("");
  follow();
  question.focus();
}

/** Show the conversation and the place that the address names. */
function follow() {
  const { conversation: id } = entry();
  const kept = id ? conversation(id) : null;
  find("#elsewhere").hidden = !id || kept !== null || id === chat.conversation.id;
  if (!id && chat.conversation.turns.length > 0) chat.show(newConversation());
  else if (kept && id !== chat.conversation.id) chat.show(kept);
  else if (id && !kept && id !== chat.conversation.id) chat.show(newConversation());
  source.followAddress();
}

/** Of all [n] the one is marked that was pressed, while its place is open, and the source that it names. */
function markActive() {
  for (const node of document.querySelectorAll("#log [aria-current]")) node.removeAttribute("aria-current");
  const { active } = entry();
  const turn = source.isOpen && active && find(`#log [data-turn="${active.turn}"]`);
  if (!turn) return;
  for (const key of [active.mark, `source-${active.index}`]) {
    turn.querySelector(`[data-key="${CSS.escape(key)}"]`)?.setAttribute("aria-current", "true");
  }
}

/** Bring the buttons in line with the conversation. */
function changed() {
  const { turns } = chat.conversation;
  document.body.classList.toggle("empty", turns.length === 0);
  find("#export").disabled = turns.length === 0;
  find("#new").disabled = turns.length === 0;
  find("#send").hidden = chat.busy;
  find("#stop").hidden = !chat.busy;
  past.arrange();
  if (documents.length === 0 && turns.at(-1)?.stage === "done") showCatalog(); // it failed before
}

const excess = (text) => codePoints(text.trim()).length - MOST_CHARACTERS;

/** Keep what is typed over a reload, and say where it is too long: nothing of it is cut off. */
function typed() {
  writeHere("draft", question.value);
  const over = excess(question.value);
  const warning = find("#too-long");
  const words = over > 0 ? t("tooLong", { n: over + MOST_CHARACTERS, most: MOST_CHARACTERS }) : "";
  if (warning.textContent !== words) warning.textContent = words;
  warning.hidden = over <= 0;
  find("#send").disabled = over > 0;
  question.setAttribute("aria-invalid", String(over > 0));
}

async function showCatalog() {
  documents = await loadCatalog().catch((error) => {
    if (error instanceof Failure) return []; // asking will say what is wrong
    throw error;
  });
  renderWelcome();
  library.refresh();
}

function renderWelcome() {
  const bundled = documents.some(({ id }) => EXAMPLE_DOCUMENTS.includes(id));
  const examples = EXAMPLES[interfaceLanguage()].map((text) => choice(text, "", ask));
  find("#examples ul").replaceChildren(...examples);
  find("#examples").hidden = !bundled;
  find("#documents").hidden = documents.length === 0;
  find("#documents ul").replaceChildren(...documents.slice(0, MOST_DOCUMENTS).map(documentItem));
  const all = find("#all-documents");
  all.hidden = documents.length <= MOST_DOCUMENTS;
  all.textContent = t("allDocuments", { n: documents.length });
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

function listen() {
  find("#composer").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(question.value);
  });
  question.addEventListener("input", typed);
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
  find("#all-documents").addEventListener("click", library.show);
  addEventListener("popstate", follow);
  addEventListener("storage", ({ key }) => takeUp(key));
  for (const button of document.querySelectorAll(".languages button")) {
    button.addEventListener("click", () => {
      chooseLanguage(button.value);
      renderWelcome();
      chat.render();
      source.render();
      past.render();
      scopes.render();
      library.render();
      uploads.render();
      typed();
    });
  }
}

/** What another tab has kept of this conversation. */
function takeUp(key) {
  const { id } = chat.conversation;
  const kept = key?.endsWith(id) && !chat.busy ? conversation(id) : null;
  if (kept) chat.show(kept);
  else past.render();
}

startLanguage();
scopes.startScope(() => announce(find("#scope p").textContent));
past.startPast({
  choose(id) {
    goTo(id);
    follow();
  },
  gone() {
    history.replaceState({}, "", conversationPath(""));
    follow();
  },
  back(id) {
    history.replaceState({ conversation: id }, "", conversationPath(id));
    follow();
  },
  current: () => chat.conversation.id,
});
startExport(() => chat.conversation);
listen();
library.startLibrary({ open: (place) => source.open(place), ask: () => question.focus(), changed: showCatalog });
uploads.startUploads({ changed: showCatalog, show: library.show, open: library.open, ask: library.askOf });
chat.show(newConversation());
follow();
question.value = readHere("draft") ?? "";
typed();
if (!source.isOpen) question.focus({ preventScroll: true });
showCatalog();
