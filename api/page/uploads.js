// Files that are dropped or chosen: sent one after another, then read by the service, then answering.

import { announce, element, shown } from "./dom.js";
import { t } from "./language.js";
import { Failure, fetchJson, sendFile } from "./stream.js";

const POLL = 700; // milliseconds between two looks at what the service does
const TRIES = 20;
const MANY = 500; // files of a folder

const list = document.querySelector("#uploads");
const files = [];
let service = { writable: false, formats: [], max_bytes: 0, batch: null, uploads: [] };
let isSending = false;
let isPolling = false;
let hears = {};

export const isWritable = () => service.writable;

/** Make dropping and choosing work; `changed` is called when files answer, `open` shows one, `ask` chooses them. */
export async function startUploads({ show, ...does }) {
  hears = does;
  service = await fetchJson("/library/state").catch(() => service);
  for (const node of document.querySelectorAll("[data-writable]")) node.hidden = !service.writable;
  if (!service.writable) return;
  for (const input of document.querySelectorAll("input[type=file]")) {
    input.accept = service.formats.join(",");
    input.addEventListener("change", () => {
      show();
      send([...input.files]);
      input.value = "";
    });
  }
  listenForDrops(show);
  list.querySelector("#ask-sent").addEventListener("click", () => {
    const answering = files.filter(({ state }) => state === "done");
    hears.ask([...new Set(answering.map(({ document_id: id }) => id))], answering[0].name);
  });
  if (service.batch) poll();
}

function listenForDrops(show) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (isOver) => document.body.classList.toggle("dropping", isOver);
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(false);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const dropped = [...event.dataTransfer.files];
    show();
    send(entries.some((one) => one.isDirectory) ? await filesOf(entries) : dropped);
  });
}

/** The files in folders that were dropped, hidden ones left out. */
async function filesOf(entries) {
  const found = [];
  const waiting = [...entries];
  while (waiting.length > 0 && found.length < MANY) {
    const one = waiting.shift();
    if (one.name.startsWith(".")) continue;
    if (one.isFile) found.push(await new Promise((resolve, reject) => one.file(resolve, reject)));
    else {
      const reader = one.createReader();
      let part;
      do { // a hundred at a time
        part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        waiting.push(...part);
      } while (part.length > 0);
    }
  }
  return found;
}

async function send(chosen) {
  for (const file of chosen) files.push({ file, name: file.name, state: "queued", share: 0, detail: "" });
  render();
  if (isSending) return;
  isSending = true;
  for (let next; (next = files.find(({ state }) => state === "queued")); ) await sendOne(next);
  isSending = false;
}

async function sendOne(one) {
  const { file } = one;
  one.state = "sending";
  if (file.size > service.max_bytes) {
    fail(one, t("tooLarge", { n: Math.floor(service.max_bytes / 2 ** 20) }));
    return;
  }
  for (let tries = 0; tries < TRIES && one.state === "sending"; tries += 1) {
    try {
      const progress = (share) => {
        one.share = share;
        renderOne(one);
      };
      Object.assign(one, await sendFile(file, progress));
      poll();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === "busy") await pause(error.seconds * 1000);
      else fail(one, error.detail || t(error.kind, error));
    }
  }
  if (one.state === "sending") fail(one, t("busy", { n: 60 }));
  render();
}

function fail(one, detail) {
  Object.assign(one, { state: "failed", detail });
  render();
}

/** Look at what the service does until all files answer or have failed. */
async function poll() {
  if (isPolling) return;
  isPolling = true;
  const isPending = ({ state }) => state === "waiting" || state === "reading";
  let failures = 0;
  while ((files.some(isPending) || service.batch) && failures < TRIES) {
    await pause(POLL);
    try {
      service = await fetchJson("/library/state");
      failures = 0;
    } catch {
      failures += 1;
      continue;
    }
    takeUp();
  }
  isPolling = false;
  for (const one of files.filter(isPending)) fail(one, t("unreachable"));
  const answering = files.filter(({ state }) => state === "done").length;
  if (answering > 0) announce(t("filesAnswer", { n: answering }));
}

function takeUp() {
  const known = new Map(service.uploads.map((one) => [one.id, one]));
  let isNew = false;
  for (const one of files) {
    const said = known.get(one.id);
    if (!said || said.state === one.state) continue;
    Object.assign(one, said);
    isNew ||= one.state === "done";
  }
  render();
  if (isNew) hears.changed();
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Draw the files; called again where the language has changed. */
export function render() {
  const { batch } = service;
  const isBusy = files.some(({ state }) => !["done", "failed"].includes(state));
  const done = files.filter(({ state }) => state === "done").length;
  list.hidden = files.length === 0 && !batch;
  const known = batch && { ...batch, stage: t(`stage-${batch.stage}`) };
  const words = known ? t("libraryReads", known) : isBusy ? t("libraryWaits") : t("filesAnswer", { n: done });
  list.querySelector(".batch").textContent = files.length > 0 || batch ? words : "";
  list.querySelector("ul").replaceChildren(...files.map(item));
  const ask = list.querySelector("#ask-sent");
  ask.hidden = isBusy || done === 0;
  ask.textContent = t(done === 1 ? "askOne" : "askThese", { n: done });
}

function renderOne(one) {
  const bar = one.node?.querySelector("progress");
  if (bar) bar.value = one.share;
}

function item(one) {
  const { name, state, detail, document_id: id } = one;
  const words = state === "failed" ? shown(detail) : t(`file-${state}`);
  const bar = state === "sending" ? element("progress", { max: "1", value: String(one.share), "aria-label": name }) : null;
  const press = () => hears.open({ document_id: id, start_char: 0, end_char: 0, title: name });
  const open = state === "done" ? element("button", { type: "button", class: "action", onclick: press }, t("open")) : null;
  const lost = state === "done" && detail ? element("span", { class: "details doubt" }, shown(detail)) : null;
  one.node = element("li", { class: `upload ${state}` }, element("span", { class: "title" }, shown(name)), bar,
    element("span", { class: "state" }, words), open, lost);
  return one.node;
}
