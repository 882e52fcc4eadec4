// The conversation: asks, receives the streamed answer, stops, tries again.

import { renderTurn, spokenWords } from "./answer.js";
import { announce, element } from "./dom.js";
import { interfaceLanguage, t } from "./language.js";
import { conversation as keptConversation, keepConversation } from "./store.js";
import { Failure, streamAnswer } from "./stream.js";
import { guessLanguage } from "./text.js";

// Well within what the service takes: 200 messages, 64 KiB.
const TURNS_SENT = 20;
const CHARACTERS_SENT = 12_000;

const EMPTY = { stage: "waiting", text: "", citations: [], found: null, answer: null, failure: null };

export class Chat {
  #log;
  #actions;
  #articles = new Map();
  #running = null;

  /** `actions`: what the buttons of a turn do; `changed` is called when a turn begins or ends. */
  constructor(log, actions) {
    this.#log = log;
    this.#actions = actions;
    this.conversation = newConversation();
  }

  get busy() {
    return this.#running !== null;
  }

  show(conversation) {
    this.stop();
    this.conversation = conversation;
    for (const turn of conversation.turns) {
      if (turn.stage === "waiting") Object.assign(turn, { stage: "failed", failure: { kind: "interrupted" } });
    }
    this.render();
    this.#actions.changed();
  }

  render() {
    this.#articles = new Map();
    this.#log.replaceChildren(...this.conversation.turns.map((turn) => this.#article(turn)));
    this.#actions.rendered();
  }

  /** Ask of the documents of a scope {filter, count, words}, null for all. */
  async ask(question, scope) {
    const language = guessLanguage(question, interfaceLanguage());
    const turn = { question, language, scope, ...EMPTY };
    this.conversation.turns.push(turn);
    const article = this.#article(turn);
    this.#log.append(article);
    await this.#run(turn, article);
  }

  async retry(turn) {
    if (!this.busy) await this.#run(turn, this.#articles.get(turn));
  }

  stop() {
    this.#running?.abort();
  }

  #article(turn) {
    const article = element("article", { class: "turn", "data-turn": String(this.conversation.turns.indexOf(turn)) });
    this.#articles.set(turn, article);
    renderTurn(article, turn, this.#actions);
    return article;
  }

  #render(turn) {
    const article = this.#articles.get(turn); // none once another conversation is shown
    if (article) renderTurn(article, turn, this.#actions);
    this.#actions.rendered();
  }

  async #run(turn, article) {
    const { conversation } = this;
    const controller = new AbortController();
    this.#running = controller;
    Object.assign(turn, EMPTY, { citations: [] });
    conversation.time = Date.now();
    conversation.title = keptConversation(conversation.id)?.title ?? conversation.title;
    keepConversation(conversation);
    this.#render(turn);
    this.#actions.changed();
    announce(t("searching"));
    reveal(article);
    try {
      for await (const event of streamAnswer(this.#messages(turn), controller.signal, turn.scope?.filter)) {
        receive(turn, event);
        this.#render(turn);
      }
      announce(spokenWords(turn));
    } catch (error) {
      end(turn, error, controller.signal);
      announce(turn.stage === "stopped" ? t("stopped") : "");
    } finally {
      if (this.#running === controller) this.#running = null;
      this.#keep(conversation);
      this.#render(turn);
      this.#actions.changed();
    }
  }

  /** Keep how a turn ended, unless the conversation has been deleted meanwhile. */
  #keep(conversation) {
    const kept = keptConversation(conversation.id);
    if (kept) keepConversation(Object.assign(conversation, { title: kept.title }));
  }

  /** Earlier answered turns, as many as fit, and the question. */
  #messages(turn) {
    const { turns } = this.conversation;
    const messages = [{ role: "user", content: turn.question }];
    let characters = turn.question.length;
    const earlier = turns.slice(0, turns.indexOf(turn)).filter((one) => one.stage === "done");
    for (const { question, text } of earlier.slice(-TURNS_SENT).reverse()) {
      characters += question.length + text.length;
      if (characters > CHARACTERS_SENT) break;
      messages.unshift({ role: "user", content: question }, { role: "assistant", content: text });
    }
    return messages;
  }
}

export function newConversation() {
  return { id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`, time: Date.now(), title: "", turns: [] };
}

function receive(turn, { event, data }) {
  if (event === "passages") turn.found = data.passages.length;
  else if (event === "citation") turn.citations.push(data);
  else if (event === "delta") turn.text += data.text;
  else if (event === "done") {
    const { answer: text, citations = [], language } = data;
    Object.assign(turn, { stage: "done", answer: data, text, citations, language: language ?? turn.language });
  }
}

function end(turn, error, signal) {
  if (signal.aborted) {
    turn.stage = "stopped";
    return;
  }
  const { kind, detail, seconds } = error instanceof Failure ? error : new Failure("broken");
  Object.assign(turn, { stage: "failed", failure: { kind, detail, seconds } });
  if (!(error instanceof Failure)) throw error;
}

function reveal(article) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  article.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}
