// A conversation to take away: Markdown, Word, a table of its citations. All are made in the browser.

import { verdictWords } from "./answer.js";
import { blocks } from "./blocks.js";
import { download, shown } from "./dom.js";
import { t } from "./language.js";
import { titleOf } from "./past.js";
import { placeLine, placeWords, versionWords } from "./places.js";
import { plainWords } from "./shapes.js";
import { sourcePath } from "./text.js";
import { wordFile } from "./word.js";

const TYPES = {
  md: "text/markdown",
  csv: "text/csv",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};

const menu = document.querySelector("#formats");

/** Make the menu work; `conversation` says which one is shown. */
export function startExport(conversation) {
  for (const button of menu.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      menu.hidePopover();
      if (button.value === "print") print();
      else save(conversation(), button.value);
    });
  }
}

function save(conversation, format) {
  const make = { md: markdown, csv: table, docx: word }[format];
  download(`wenzheng-${localTime(conversation.time).slice(0, 10)}.${format}`, TYPES[format], make(conversation));
}

/** When it was, on the clock of who reads it: 2026-11-27 15:04. */
export function localTime(time) {
  const at = new Date(time);
  const two = (number) => String(number).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const addressOf = (citation) => location.origin + sourcePath(citation);

/** An answer as plain text: its words, then each source with the address of the place. */
export function answerWithSources({ text, citations }) {
  const sources = citations.map((citation) => `[${citation.index}] ${sourceLine(citation)}\n    ${quoted(citation)}`);
  return [text, ...(sources.length > 0 ? ["", `${t("sources")}:`, ...sources] : [])].join("\n");
}

const sourceLine = (citation) => `${citation.title} · ${placeLine(citation)} · ${addressOf(citation)}`;

function quoted({ cited_text: cited }) {
  const words = plainWords(cited);
  return /\p{Script=Han}/u.test(words) ? `「${words}」` : `“${words}”`;
}

/** What is said of an answer: that there is none, or how sure it is. */
function verdict({ answer }) {
  if (!answer) return "";
  return answer.status === "no_answer" ? t("noAnswer") : verdictWords(answer).join(" · ");
}

function markdown(conversation) {
  const parts = [`# ${t("exportTitle")}`, localTime(conversation.time), ...conversation.turns.flatMap(turnMarkdown)];
  return `${parts.join("\n\n")}\n`;
}

function turnMarkdown(turn) {
  const sources = turn.citations.flatMap((citation) => [
    `**[${citation.index}]** ${escaped(citation.title)} · ${escaped(placeLine(citation))} · <${addressOf(citation)}>`,
    `> ${escaped(plainWords(citation.cited_text)).replace(/\n/g, "\n> ")}`,
    citation.translation ? `> ${t("unofficial")}: ${escaped(citation.translation)}` : "",
  ]);
  const said = verdict(turn);
  const heading = `## ${escaped(turn.question).replace(/\s+/g, " ")}`;
  return [heading, ...answerMarkdown(turn), said && `*${said}*`, ...sources].filter(Boolean);
}

/** The blocks of an answer: each on its own, the items of a list together. */
function answerMarkdown(turn) {
  const parts = [];
  let before = "";
  for (const { kind, runs } of blocks(turn)) {
    const words = escaped(wordsOf(runs));
    if (kind === "item" && before === "item") parts.push(`${parts.pop()}\n- ${words}`);
    else if (kind === "item") parts.push(`- ${words}`);
    else if (kind === "short") parts.push(words.replace(/^(.*?)((?: ?\[\d+\])*)$/s, "**$1**$2"));
    else parts.push(kind === "title" ? `### ${words}` : words);
    before = kind;
  }
  return parts;
}

const wordsOf = (runs) => runs.map(({ text, mark }) => text ?? `[${mark.index}]`).join("").trim();

/** Text of documents must not become markup in whatever shows the file; marks like [1] stay. */
function escaped(text) {
  return text.replace(/[\\`*_<>#|~]|\[(?!\d+\](?![([:]))/g, "\\$&");
}

/** The citations, one a line, as spreadsheets read them. */
function table(conversation) {
  const heads = ["question", "number", "document", "place", "publisher", "date", "version", "words", "address"];
  const rows = conversation.turns.flatMap((turn) =>
    turn.citations.map((citation) => [
      turn.question,
      `[${citation.index}]`,
      citation.title,
      [placeWords(citation), citation.page > 0 && t("page", { n: citation.page })].filter(Boolean).join(" · "),
      citation.publisher,
      citation.date,
      versionWords(citation),
      plainWords(citation.cited_text),
      addressOf(citation),
    ]),
  );
  const lines = [heads.map((head) => t(`column-${head}`)), ...rows].map((row) => row.map(cell).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`; // the mark tells Excel that it is UTF-8
}

/** A cell; one that a spreadsheet would take for a formula begins with an apostrophe. */
function cell(value) {
  const text = shown(value ?? "").data;
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${tame.replaceAll('"', '""')}"`;
}

function word(conversation) {
  const turns = conversation.turns.flatMap((turn) => {
    const sources = turn.citations.flatMap((citation) => [
      { kind: "source", text: `[${citation.index}] ${citation.title} · ${placeLine(citation)}` },
      { kind: "quote", text: plainWords(citation.cited_text) },
      { kind: "link", text: addressOf(citation) },
    ]);
    const answer = blocks(turn).map(({ kind, runs }) => ({ kind, text: wordsOf(runs) }));
    const said = verdict(turn);
    return [{ kind: "question", text: turn.question }, ...answer, ...(said ? [{ kind: "note", text: said }] : []), ...sources];
  });
  const head = [{ kind: "heading", text: t("exportTitle") }, { kind: "note", text: `${titleOf(conversation)} · ${localTime(conversation.time)}` }];
  return wordFile([...head, ...turns]);
}
