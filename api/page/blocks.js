// The text of an answer as blocks: the short answer, titles of documents, paragraphs, lists.

// As the service finds them: a document may hold [1] too, but there it follows a word.
const MARK = /(?<![^\s\]])(\[\d+\])(?=[\s[]|$)/;
const SENTENCE_END = /[.!?。！？…][”’」』）)\]"']*\s*$/;
const ITEM = /^- /;

/**
 * The blocks of a turn's text, in order: {kind, runs}, where kind is short, title, paragraph or item.
 * A run is {text, citation} with the citation that supports it, or {mark}, the citation of a [n].
 */
export function blocks({ text, citations, answer }) {
  const known = new Map(citations.map((citation) => [`[${citation.index}]`, citation]));
  const { short, rest } = parted(text, answer?.short_answer);
  const lines = rest.split("\n").filter((line) => line.trim() !== "");
  const ofLines = lines.map((line) => runs(line.replace(ITEM, ""), known));
  const found = lines.flatMap((line, number) => {
    const own = ofLines[number];
    if (ITEM.test(line)) return [{ kind: "item", runs: own }];
    const next = ofLines.slice(number).flat().find(({ mark }) => mark)?.mark;
    if (isTitle(line, own, next)) return [{ kind: "title", runs: own }];
    return sentences(own).map((one) => ({ kind: "paragraph", runs: one }));
  });
  return short ? [{ kind: "short", runs: runs(short, known) }, ...found] : found;
}

/** The short answer with its marks, where a text begins with that line, and the rest of the text. */
export function parted(text, answer = "") {
  const isLed = answer !== "" && text.startsWith(answer);
  const marks = isLed ? /^(?: ?\[\d+\])*(?=\n|$)/.exec(text.slice(answer.length)) : null;
  if (marks === null) return { short: "", rest: text };
  const end = answer.length + marks[0].length;
  return { short: text.slice(0, end), rest: text.slice(end).replace(/^\n/, "") };
}

function runs(line, known) {
  const pieces = line.split(MARK);
  const runOf = (piece, number) =>
    known.has(piece) && number % 2 === 1 ? { mark: known.get(piece) } : { text: piece, citation: known.get(pieces[number + 1]) };
  return pieces.map(runOf).filter(({ text }) => text !== "");
}

/** Runs cut where a marked sentence has ended and another begins. */
function sentences(line) {
  const found = [[]];
  let hasEnded = false;
  for (const run of line) {
    const isText = run.mark === undefined && run.text.trim() !== "";
    if (isText && hasEnded && found.at(-1).at(-1).mark) found.push([]);
    found.at(-1).push(run);
    if (isText) hasEnded = SENTENCE_END.test(run.text);
  }
  return found;
}

/** Whether a line names the document that is quoted next, maybe in the other Chinese script. */
function isTitle(line, ownRuns, next) {
  const shape = (title) => title.trim().replace(/\p{Script=Han}/gu, "字");
  return next !== undefined && !ownRuns.some(({ mark }) => mark) && shape(line) === shape(next.title);
}
