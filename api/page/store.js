// What this browser remembers: settings, conversations and which of them this tab shows.
// Where storage is denied or full, everything still works until the page is closed.

const PREFIX = "wenzheng.";
const MOST_CONVERSATIONS = 50;
const memory = new Map();

export const readSetting = (name) => read(localStore, name);
export const writeSetting = (name, value) => write(localStore, name, value);

/** Past conversations, the latest first: {id, time, turns}. */
export function conversations() {
  const kept = read(localStore, "conversations");
  return Array.isArray(kept) ? kept.filter((one) => one?.id && Array.isArray(one.turns)) : [];
}

/** Keep a conversation; what other tabs have kept meanwhile stays. */
export function keepConversation(conversation) {
  if (conversation.turns.length === 0) return;
  const others = conversations().filter((one) => one.id !== conversation.id);
  const kept = [conversation, ...others].slice(0, MOST_CONVERSATIONS);
  for (let number = kept.length; number > 0; number -= 1) {
    if (write(localStore, "conversations", kept.slice(0, number))) return;
  }
}

/** The citation of a place {document_id, start_char, end_char}, where a conversation has it. */
export function citationAt({ document_id: id, start_char: start, end_char: end }) {
  const cited = conversations().flatMap(({ turns }) => turns.flatMap(({ citations }) => citations ?? []));
  return cited.find((one) => one.document_id === id && one.start_char === start && one.end_char === end);
}

export function deleteConversation(id) {
  write(localStore, "conversations", conversations().filter((one) => one.id !== id));
}

export function clearConversations() {
  write(localStore, "conversations", []);
}

export const currentId = () => read(sessionStore, "current") ?? "";
export const setCurrentId = (id) => write(sessionStore, "current", id);

// Functions, as merely naming a storage throws where it is denied.
function localStore() { return window.localStorage; }
function sessionStore() { return window.sessionStorage; }

function read(storage, name) {
  if (memory.has(name)) return structuredClone(memory.get(name));
  try {
    return JSON.parse(storage().getItem(PREFIX + name));
  } catch {
    return null;
  }
}

function write(storage, name, value) {
  try {
    storage().setItem(PREFIX + name, JSON.stringify(value));
    memory.delete(name);
    return true;
  } catch {
    memory.set(name, structuredClone(value));
    return false;
  }
}
