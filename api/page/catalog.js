// What the service has: asked for once, and again where that failed or something has changed.

import { fetchJson } from "./stream.js";

const MOST = 1_000; // that the service lists at once
const MOST_LISTS = 10;

let list = [];
const documents = new Map();

/** The documents that answers come from: {id, title, publisher, date, language, …}. Throws Failure. */
export async function loadCatalog() {
  const found = [];
  for (let part = 0; part < MOST_LISTS; part += 1) {
    const more = await fetchJson(`/documents?limit=${MOST}&offset=${found.length}`);
    found.push(...more);
    if (more.length < MOST) break;
  }
  list = found;
  documents.clear(); // what replaces what may have changed
  return list;
}

export const describe = (id) => list.find((one) => one.id === id);

/** A document with its text; it never changes, as its id is a hash of it. Throws Failure. */
export async function loadDocument(id) {
  if (!documents.has(id)) documents.set(id, await fetchJson(`/documents/${encodeURIComponent(id)}`));
  return documents.get(id);
}

/** Its headings and articles. Throws Failure. */
export const loadOutline = (id) => fetchJson(`/documents/${encodeURIComponent(id)}/outline`);
