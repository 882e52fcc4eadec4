// What the address names: a conversation of this browser, and a place in a document. What a link
// cannot carry to another browser (the conversation behind a source, which [n] was pressed) stays in
// the state of the history, which survives back, forward and reload.

import { citationAt } from "./store.js";
import { sourcePath } from "./text.js";

/** {conversation, active: {turn, index, mark} or null, opened} of the entry of the history. */
export function entry() {
  const { conversation, active, opened } = history.state ?? {};
  const named = /^\/conversations\/([\w-]{1,64})\/?$/.exec(location.pathname)?.[1];
  return { conversation: conversation ?? named ?? "", active: active ?? null, opened: opened === true };
}

export const conversationPath = (id) => (id ? `/conversations/${id}` : "/");

/** Name a conversation, "" for a fresh one, as a step of its own. */
export function goTo(id) {
  history.pushState({ conversation: id }, "", conversationPath(id));
}

/** The conversation that was fresh has begun. */
export function begun(id) {
  const here = { ...entry(), conversation: id, opened: false }; // what is behind it knows no conversation
  if (placeOf(location)) history.replaceState(here, "", location.href);
  else goTo(id);
}

/** Name a place; another one, where a place is named already, takes its turn. */
export function goToPlace(place, active) {
  const here = entry();
  const path = sourcePath(place);
  if (placeOf(location)) history.replaceState({ ...here, active }, "", path);
  else history.pushState({ ...here, active, opened: true }, "", path);
}

/** Leave the place; whether the browser goes back for that and tells by itself. */
export function leavePlace() {
  const { conversation, opened } = entry();
  if (opened) {
    history.back();
    return true;
  }
  history.replaceState({ conversation }, "", conversationPath(conversation));
  return false;
}

/** The place that an address names, with what is known of it where it was cited here, or null. */
export function placeOf({ pathname, hash }) {
  const path = /^\/documents\/([^/]+)\/?$/.exec(pathname);
  if (!path) return null;
  const [, start = 0, end = 0] = /^#char=(\d+),(\d+)$/.exec(hash) ?? [];
  const place = { document_id: decoded(path[1]), start_char: Number(start), end_char: Number(end) };
  const { page, boxes, doubtful, cited_text, reading, answer_spans } = citationAt(place) ?? {};
  const { active } = entry();
  return { ...place, page, boxes, doubtful, cited_text, reading, answer_spans, index: active?.index };
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not an escape: no document has it either
  }
}
