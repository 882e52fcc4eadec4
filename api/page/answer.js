// One turn on the page: the question, its answer, how sure that is, and where it stands.

import { blocks, parted } from "./blocks.js";
import { closest, related, sources } from "./cards.js";
import { element, icon, shown } from "./dom.js";
import { t } from "./language.js";
import { scopeWords } from "./scope.js";
import { codePoints, cut, guessLanguage } from "./text.js";

const LONG = 40;
// As in api/terminal/verdict.py.
const SURE = 0.85;
const FAIRLY_SURE = 0.6;

/** Fill the article of a turn from its state; what has the focus keeps it. */
export function renderTurn(article, turn, actions) {
  const focused = article.contains(document.activeElement) && document.activeElement.dataset.key;
  article.replaceChildren(...parts(turn, actions).filter(Boolean));
  article.setAttribute("aria-busy", String(turn.stage === "waiting"));
  if (focused) article.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function parts(turn, actions) {
  const { answer } = turn;
  return [
    element("h2", { class: "question", lang: turn.language }, shown(turn.question)),
    turn.scope && element("p", { class: "note" }, shown(t("askedOf", { scope: scopeWords(turn.scope) }))),
    answer && understood(turn),
    answer && isCautious(answer) && verdict(answer),
    turn.text && answerText(turn, actions),
    progress(turn),
    turn.stage === "failed" && failure(turn, actions),
    turn.stage === "stopped" && again(turn, actions),
    answer && !isCautious(answer) && verdict(answer),
    turn.citations.length > 0 && sources(turn, actions),
    answer?.status === "no_answer" && closest(answer, actions),
    answer?.related?.length > 0 && related(answer, actions),
    turn.citations.length > 0 && answer && tools(turn, actions),
  ];
}

function understood({ question, answer }) {
  const resolved = answer.resolved_question?.trim();
  if (!resolved || resolved === question.trim()) return null;
  return element("p", { class: "note" }, shown(t("understood", { question: resolved })));
}

/** The answer: the short one large, then what supports it. */
function answerText(turn, actions) {
  const { answer } = turn;
  const language = answer?.language ?? turn.language;
  const refused = answer?.status === "no_answer" ? " refused" : "";
  const seen = [];
  const marked = (citation) => {
    seen.push(citation.index);
    return mark(turn, citation, seen.filter((index) => index === citation.index).length, actions);
  };
  const children = [];
  for (const { kind, runs } of blocks(turn)) {
    if (kind === "short") children.push(shortAnswer(answer.short_answer, runs, language, marked));
    else if (kind === "item") {
      if (children.at(-1)?.tagName !== "UL") children.push(element("ul"));
      children.at(-1).append(element("li", {}, ...nodes(runs, marked)));
    } else children.push(element(kind === "title" ? "h3" : "p", {}, ...nodes(runs, marked)));
  }
  return element("div", { class: `text${refused}`, lang: answer?.answer_language ?? language }, ...children);
}

const nodes = (runs, marked) =>
  runs.flatMap((run) => (run.mark ? marked(run.mark) : words(run.text, run.citation)));

function shortAnswer(answer, runs, language, marked) {
  const long = codePoints(answer).length > LONG ? " long" : "";
  const lang = guessLanguage(answer, language, language);
  const children = runs.map((run) => (run.mark ? marked(run.mark) : shown(run.text)));
  return element("p", { class: `short${long}`, lang }, ...children);
}

function mark(turn, citation, times, actions) {
  const label = t("openSource", { n: citation.index, title: citation.title });
  const key = `mark-${citation.index}${times > 1 ? `-${times}` : ""}`;
  return element(
    "button",
    {
      type: "button",
      class: "mark",
      title: label,
      "aria-label": `[${citation.index}] ${label}`,
      "data-key": key,
      onclick: () => actions.open(citation, turn, key),
    },
    `[${citation.index}]`,
  );
}

/** A sentence; the decisive words stand out where it is the cited one, or that in the other script. */
function words(text, citation) {
  const points = codePoints(text);
  const start = points.findIndex((point) => point.trim() !== "");
  const end = points.findLastIndex((point) => point.trim() !== "") + 1;
  const spans = citation?.answer_spans ?? [];
  const fits = spans.length > 0 && end - start === codePoints(citation.cited_text).length;
  const moved = fits ? spans.map(([from, to]) => [from + start, to + start]) : [];
  return cut(points, moved).map((piece) =>
    piece.inside ? element("strong", {}, shown(piece.text)) : shown(piece.text),
  );
}

function progress({ stage, text, found }) {
  if (stage !== "waiting" || text) return null;
  const words = found === null ? t("searching") : t("reading", { n: found });
  return element("p", { class: "progress" }, words);
}

function failure(turn, actions) {
  const { kind, detail, seconds } = turn.failure;
  const values = { detail: detail ?? "", n: seconds ?? 0 };
  const words = element("p", {}, shown(t(kind === "missing" ? "failed" : kind, values)));
  return element("div", { class: "failure", role: "alert" }, words, again(turn, actions, "retry"));
}

function again(turn, actions, key = "again") {
  const button = element(
    "button",
    { type: "button", class: "button", "data-key": "again", onclick: () => actions.retry(turn) },
    icon("again"),
    t(key),
  );
  if (key === "retry") return button;
  return element("p", { class: "stopped" }, element("span", {}, t("stopped")), button);
}

/** How sure an answer is, in words; the terms of `partial` and of lists come first. */
export function verdictWords({ status, confidence, coverage }) {
  if (status === "no_answer") return [];
  const words = [confidence >= SURE ? "sure" : confidence >= FAIRLY_SURE ? "fairlySure" : "unsure"];
  const told = words.map((key) => t(key));
  if (coverage?.stated > 0) {
    told.unshift(t(coverage.found < coverage.stated ? "coverage" : "coverageAll", coverage));
  } else if (status === "partial") told.unshift(t("partial"));
  return told;
}

/** What is said of an answer to those who listen: the short one first. */
export function spokenWords({ text, answer }) {
  const { short, rest } = parted(text, answer.short_answer);
  const told = verdictWords(answer);
  if (!short) return [t("answerReady"), text, ...told].join(" ");
  return [[answer.short_answer, ...told].join(". "), rest].join(".\n");
}

/** Whether what is said of an answer must be read before it: a no, a part, a doubt. */
const isCautious = ({ status, confidence }) => status !== "grounded" || confidence < FAIRLY_SURE;

function verdict(answer) {
  const { status, confidence } = answer;
  const words = status === "no_answer" ? [t("noAnswer")] : verdictWords(answer);
  const caution = status === "no_answer" ? "no" : status === "partial" ? "part" : "doubtful";
  if (isCautious(answer)) return element("p", { class: `verdict caution ${caution}` }, icon(caution), element("span", {}, words.join(" · ")));
  const level = confidence >= SURE ? 3 : confidence >= FAIRLY_SURE ? 2 : 1;
  const meter = element("span", { class: `level level-${level}`, "aria-hidden": "true" });
  return element("p", { class: "verdict" }, meter, words.join(" · "));
}

function tools(turn, actions) {
  const words = element("span", {}, t("copy"));
  const copy = async () => {
    words.textContent = t((await actions.copy(turn)) ? "copied" : "copyFailed");
  };
  const attributes = { type: "button", class: "action", "data-key": "copy", onclick: copy };
  return element("p", { class: "tools" }, element("button", attributes, icon("copy"), words));
}
