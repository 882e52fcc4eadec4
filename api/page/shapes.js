// What a line of a document's text is by the marks it begins with: what readers of files write
// (qa/corpus/readers/extracted.py), and Markdown. A part of a line is [start, end) in code points.

import { codePoints } from "./text.js";

const HEADING = /^(#{1,6})\s+(?=\S)/;
const ITEM = /^- (?!\d+ -$)/; // - 3 - is the number of a page
const RULE = /^\|(?:\s*:?-{3,}:?\s*\|)+$/;

/** {kind: heading, item, row, rule or paragraph, depth, cells}; a cell is the parts that show. */
export function lineShape(text) {
  const heading = HEADING.exec(text);
  if (heading) return whole("heading", text, heading[0].length, heading[1].length);
  if (ITEM.test(text)) return whole("item", text, 2);
  if (text.length < 3 || !text.startsWith("|") || !text.endsWith("|")) return whole("paragraph", text, 0);
  return RULE.test(text) ? { kind: "rule", cells: [] } : { kind: "row", cells: cellsOf(codePoints(text)) };
}

const whole = (kind, text, start, depth = 0) => ({ kind, depth, cells: [[[start, codePoints(text).length]]] });

/** The cells of `| one | two \| half |`; of the second the parts around the backslash. */
function cellsOf(points) {
  const cells = [];
  let parts = [];
  let start = 1;
  for (let at = 1; at < points.length; at += 1) {
    if (points[at] !== "|") continue;
    const isEscaped = points[at - 1] === "\\" && at < points.length - 1;
    parts.push([start, isEscaped ? at - 1 : at]);
    start = isEscaped ? at : at + 1;
    if (isEscaped) continue;
    cells.push(trimmed(points, parts));
    parts = [];
  }
  return cells;
}

function trimmed(points, parts) {
  const first = parts[0];
  const last = parts.at(-1);
  while (first[0] < first[1] && points[first[0]] === " ") first[0] += 1;
  while (last[1] > last[0] && points[last[1] - 1] === " ") last[1] -= 1;
  return parts;
}

/** Text without the marks of its lines, the cells of a row parted by dots. */
export function plainWords(text) {
  const lines = text.split("\n").filter((line) => lineShape(line).kind !== "rule");
  return lines.map(plainLine).join("\n");
}

function plainLine(line) {
  const points = codePoints(line);
  const words = lineShape(line).cells.map((parts) => parts.map((part) => points.slice(...part).join("")).join(""));
  return words.filter(Boolean).join(" · ");
}
