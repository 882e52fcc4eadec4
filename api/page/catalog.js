// What the service has: asked for once, and again where that failed.

import { fetchJson } from "./stream.js";

let list = [];
const documents = new Map();

/** The documents that answers come from: {id, title, publisher, date, language, …}. Throws Failure. */
export async function loadCatalog() {
  list = await fetchJson("/documents");
  return list;
}

export const describe = (id) => list.find((one) => one.id === id);

/** A document with its text; it never changes, as its id is a hash of it. Throws Failure. */
export async function loadDocument(id) {
  if (!documents.has(id)) documents.set(id, await fetchJson(`/documents/${encodeURIComponent(id)}`));
  return documents.get(id);
}
