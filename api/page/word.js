// A Word file of paragraphs, made here, so that a conversation never leaves the browser for it: a
// .docx is a ZIP archive (APPNOTE 6.3) of a few XML parts (ECMA-376). Nothing in it is compressed.

import { visible } from "./text.js";

const MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

// Style of each kind of paragraph: {name, base, run, paragraph} as Word writes them.
const STYLES = {
  heading: { name: "Title", run: '<w:b/><w:sz w:val="36"/>' },
  question: { name: "heading 1", run: '<w:b/><w:sz w:val="28"/>', paragraph: '<w:keepNext/><w:spacing w:before="480"/><w:outlineLvl w:val="0"/>' },
  title: { name: "heading 2", run: '<w:b/><w:sz w:val="22"/>', paragraph: '<w:keepNext/><w:outlineLvl w:val="1"/>' },
  short: { name: "Short answer", run: '<w:b/><w:sz w:val="26"/>' },
  paragraph: { name: "Answer" },
  item: { name: "Item", paragraph: '<w:ind w:left="420" w:hanging="210"/>' },
  note: { name: "Note", run: '<w:color w:val="5A636B"/><w:sz w:val="20"/>' },
  source: { name: "Source", run: '<w:sz w:val="20"/>', paragraph: '<w:keepNext/><w:spacing w:before="160" w:after="40"/>' },
  quote: { name: "Quote", run: '<w:i/><w:sz w:val="20"/>', paragraph: '<w:ind w:left="420"/><w:spacing w:after="40"/>' },
  link: { name: "Address", run: '<w:color w:val="0D5A5C"/><w:sz w:val="18"/>', paragraph: '<w:ind w:left="420"/>' },
};

/** The bytes of a file of paragraphs {kind, text}. */
export function wordFile(paragraphs) {
  const body = paragraphs.map(({ kind, text }) => paragraph(kind, kind === "item" ? `• ${text}` : text)).join("");
  const section = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/></w:sectPr>';
  return zip({
    "[Content_Types].xml": `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${TYPE}.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="${TYPE}.styles+xml"/></Types>`,
    "_rels/.rels": relationships("officeDocument", "word/document.xml"),
    "word/_rels/document.xml.rels": relationships("styles", "styles.xml"),
    "word/document.xml": `${HEAD}<w:document xmlns:w="${MAIN}"><w:body>${body}${section}</w:body></w:document>`,
    "word/styles.xml": `${HEAD}<w:styles xmlns:w="${MAIN}">${Object.entries(STYLES).map(style).join("")}</w:styles>`,
  });
}

const relationships = (kind, target) =>
  `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/${kind}" Target="${target}"/></Relationships>`;

const style = ([kind, { name, run = "", paragraph: layout = "" }]) =>
  `<w:style w:type="paragraph" w:styleId="${kind}"${kind === "paragraph" ? ' w:default="1"' : ""}><w:name w:val="${name}"/><w:pPr>${layout}</w:pPr><w:rPr>${run}</w:rPr></w:style>`;

function paragraph(kind, text) {
  const lines = text.split("\n").map((line) => `<w:t xml:space="preserve">${markup(line)}</w:t>`);
  return `<w:p><w:pPr><w:pStyle w:val="${kind}"/></w:pPr><w:r>${lines.join("<w:br/>")}</w:r></w:p>`;
}

/** Text as XML takes it: what it forbids, or what could hide words, shows as a symbol. */
function markup(text) {
  const allowed = visible(text).replace(/[\ufffe\uffff]/g, "\ufffd").toWellFormed?.() ?? visible(text);
  return allowed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A ZIP archive of texts by name, each stored as it is. */
function zip(parts) {
  const encoder = new TextEncoder();
  const [pieces, entries] = [[], []];
  let at = 0;
  for (const [name, text] of Object.entries(parts)) {
    const [label, data] = [encoder.encode(name), encoder.encode(text)];
    // version 2.0, UTF-8 names, stored, 1980-01-01 00:00
    const known = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, checksum(data)], [4, data.length], [4, data.length], [2, label.length]];
    const local = bytes([4, 0x04034b50], ...known, [2, 0]);
    pieces.push(local, label, data);
    entries.push(bytes([4, 0x02014b50], [2, 20], ...known, [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), label);
    at += local.length + label.length + data.length;
  }
  const size = entries.reduce((sum, piece) => sum + piece.length, 0);
  const count = entries.length / 2;
  const end = bytes([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, at], [2, 0]);
  return new Blob([...pieces, ...entries, end]);
}

/** Numbers of 2 or 4 bytes, the lowest byte first. */
function bytes(...numbers) {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of numbers) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

/** CRC-32 as in ISO 3309. */
function checksum(data) {
  let sum = ~0;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}
