// Past conversations, which only this browser has, and a conversation as text to take away.

import { verdictWords } from "./answer.js";
import { blocks } from "./blocks.js";
import { download, element, shown } from "./dom.js";
import { interfaceLanguage, t } from "./language.js";
import { placeLine } from "./places.js";
import { plainWords } from "./shapes.js";
import { clearConversations, conversations, deleteConversation } from "./store.js";
import { sourcePath } from "./text.js";

const dialog = document.querySelector("#past");

/** Make the dialog of past conversations work: `choose` shows one, `gone` hears what was deleted. */
export function startPast({ choose, gone }) {
  const render = () => fill({ choose, remove });
  const remove = (id) => {
    deleteConversation(id);
    gone(id);
    render();
  };
  document.querySelector("#history").addEventListener("click", () => {
    render();
    dialog.showModal();
  });
  document.querySelector("#close-past").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.querySelector("#clear").addEventListener("click", () => {
    clearConversations();
    gone(null);
    render();
  });
}

function fill({ choose, remove }) {
  const kept = conversations();
  const items = kept.map((conversation) => {
    const title = conversation.turns[0]?.question ?? "";
    const lang = conversation.turns[0]?.language;
    const time = new Date(conversation.time).toLocaleString(interfaceLanguage(), { dateStyle: "medium", timeStyle: "short" });
    const open = () => {
      dialog.close();
      choose(conversation);
    };
    const label = t("delete", { title });
    return element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "card", onclick: open },
        element("span", { class: "title", lang }, shown(title)),
        element("span", { class: "details" }, time),
      ),
      element("button", { type: "button", class: "action bare", "aria-label": label, title: label, onclick: () => remove(conversation.id) }, "×"),
    );
  });
  const empty = element("li", { class: "note" }, t("historyEmpty"));
  dialog.querySelector("ul").replaceChildren(...(items.length > 0 ? items : [empty]));
  dialog.querySelector("#clear").hidden = items.length === 0;
}

/** An answer as plain text: its words, then each source with the address of the place. */
export function answerWithSources({ text, citations }) {
  const sources = citations.map((citation) => `[${citation.index}] ${sourceLine(citation)}\n    ${quoted(citation)}`);
  return [text, ...(sources.length > 0 ? ["", `${t("sources")}:`, ...sources] : [])].join("\n");
}

function sourceLine(citation) {
  return `${citation.title} · ${placeLine(citation)} · ${location.origin}${sourcePath(citation)}`;
}

function quoted({ cited_text: cited }) {
  const words = plainWords(cited);
  return /\p{Script=Han}/u.test(words) ? `「${words}」` : `“${words}”`;
}

/** Save a conversation as a Markdown file. */
export function exportMarkdown(conversation) {
  const date = new Date(conversation.time).toISOString().slice(0, 10);
  const parts = [`# ${t("exportTitle")}`, date, ...conversation.turns.flatMap(turnMarkdown)];
  download(`wenzheng-${date}.md`, "text/markdown", `${parts.join("\n\n")}\n`);
}

function turnMarkdown(turn) {
  const { question, citations, answer } = turn;
  const heading = `## ${escaped(question).replace(/\s+/g, " ")}`;
  const verdict = answer ? verdictWords(answer).join(" · ") : "";
  const sources = citations.flatMap((citation) => [
    `**[${citation.index}]** ${escaped(citation.title)} · ${escaped(placeLine(citation))} · <${location.origin}${sourcePath(citation)}>`,
    `> ${escaped(plainWords(citation.cited_text)).replace(/\n/g, "\n> ")}`,
    citation.translation ? `> ${t("unofficial")}: ${escaped(citation.translation)}` : "",
  ]);
  return [heading, ...answerMarkdown(turn), verdict && `*${verdict}*`, ...sources].filter(Boolean);
}

/** The blocks of an answer: each on its own, the items of a list together. */
function answerMarkdown(turn) {
  const parts = [];
  let before = "";
  for (const { kind, runs } of blocks(turn)) {
    const words = escaped(runs.map(({ text, mark }) => text ?? `[${mark.index}]`).join("").trim());
    if (kind === "item" && before === "item") parts.push(`${parts.pop()}\n- ${words}`);
    else if (kind === "item") parts.push(`- ${words}`);
    else if (kind === "short") parts.push(words.replace(/^(.*?)((?: ?\[\d+\])*)$/s, "**$1**$2"));
    else parts.push(kind === "title" ? `### ${words}` : words);
    before = kind;
  }
  return parts;
}

/** Text of documents must not become markup in whatever shows the file; marks like [1] stay. */
function escaped(text) {
  return text.replace(/[\\`*_<>#|~]|\[(?!\d+\](?![([:]))/g, "\\$&");
}
