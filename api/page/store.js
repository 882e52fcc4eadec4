// What this browser remembers: settings, and conversations, each under a name of its own, so that
// two tabs never overwrite each other's. Nothing is ever dropped to make room for something else:
// where storage is denied or full, it is kept until the page is closed, and `isForgetful` says so.

const PREFIX = "wenzheng.";
const CONVERSATION = `${PREFIX}conversation.`;
const NEAREST = 3; // passages that a refusal shows
const memory = new Map();

export const readSetting = (name) => read(localStore, PREFIX + name);
export const writeSetting = (name, value) => write(localStore, PREFIX + name, value);

/** What only this tab remembers, as a question that is not sent yet. */
export const readHere = (name) => read(sessionStore, PREFIX + name);
export const writeHere = (name, value) => write(sessionStore, PREFIX + name, value);

/** Whether something is kept only until the page is closed. */
export const isForgetful = () => [...memory.keys()].some((name) => name.startsWith(CONVERSATION));

/** Past conversations, the latest first: {id, time, title, turns}. */
export function conversations() {
  migrate();
  const kept = names().map((name) => read(localStore, name));
  return kept.filter((one) => one?.id && Array.isArray(one.turns)).sort((one, other) => other.time - one.time);
}

export function conversation(id) {
  migrate();
  return read(localStore, CONVERSATION + id);
}

/** Keep a conversation; whether it outlives the page. */
export function keepConversation(kept) {
  if (kept.turns.length === 0) return true;
  return write(localStore, CONVERSATION + kept.id, { ...kept, turns: kept.turns.map(slim) });
}

export function deleteConversation(id) {
  remove(CONVERSATION + id);
}

/** The citation of a place {document_id, start_char, end_char}, where a conversation has it. */
export function citationAt({ document_id: id, start_char: start, end_char: end }) {
  const cited = conversations().flatMap(({ turns }) => turns.flatMap(({ citations }) => citations ?? []));
  return cited.find((one) => one.document_id === id && one.start_char === start && one.end_char === end);
}

/** A turn without what it says twice. */
function slim(turn) {
  if (!turn.answer) return turn;
  const { answer: _text, citations: _citations, passages = [], ...rest } = turn.answer;
  const nearest = rest.status === "no_answer" ? passages.slice(0, NEAREST) : [];
  return { ...turn, answer: { ...rest, passages: nearest } };
}

/** Conversations as earlier versions kept them, all under one name. */
function migrate() {
  const earlier = read(localStore, `${PREFIX}conversations`);
  if (!Array.isArray(earlier)) return;
  const kept = earlier.filter((one) => one?.id && Array.isArray(one.turns));
  if (kept.every(keepConversation)) remove(`${PREFIX}conversations`);
}

function names() {
  const found = new Set([...memory.keys()].filter((name) => name.startsWith(CONVERSATION)));
  try {
    for (const name of Object.keys(localStore())) if (name.startsWith(CONVERSATION)) found.add(name);
  } catch {
    // denied: what there is, is in memory
  }
  return [...found];
}

// Functions, as merely naming a storage throws where it is denied.
function localStore() { return window.localStorage; }
function sessionStore() { return window.sessionStorage; }

function read(storage, name) {
  if (memory.has(name)) return structuredClone(memory.get(name));
  try {
    return JSON.parse(storage().getItem(name));
  } catch {
    return null;
  }
}

function write(storage, name, value) {
  try {
    storage().setItem(name, JSON.stringify(value));
    memory.delete(name);
    return true;
  } catch {
    memory.set(name, structuredClone(value));
    return false;
  }
}

function remove(name) {
  memory.delete(name);
  try {
    localStore().removeItem(name);
  } catch {
    // denied: nothing is there
  }
}
