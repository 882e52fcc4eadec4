// Past conversations, which only this browser has: beside the page where there is room, else over it.

import { element, icon, shown } from "./dom.js";
import { interfaceLanguage, t } from "./language.js";
import { conversation, conversations, deleteConversation, isForgetful, keepConversation, readSetting, writeSetting } from "./store.js";
import { offerUndo } from "./toast.js";

const WIDE = matchMedia("(min-width: 75rem)"); // as in past.css
const WIDEST = matchMedia("(min-width: 100rem)"); // room for a source as well

const dialog = document.querySelector("#past");
const button = document.querySelector("#history");
const list = dialog.querySelector("ul");
const search = dialog.querySelector("#search-past");

let actions = {};
let renaming = "";

export const titleOf = ({ title, turns }) => title || turns[0]?.question || "";

/** Make it work: `choose` shows a conversation, `gone` hears what was deleted, `back` what returned. */
export function startPast(does) {
  actions = does;
  button.addEventListener("click", toggle);
  dialog.querySelector("#close-past").addEventListener("click", toggle);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", arrange);
  search.addEventListener("input", render);
  dialog.querySelector("#clear").addEventListener("click", clear);
  for (const media of [WIDE, WIDEST]) media.addEventListener("change", arrange);
  addEventListener("arrange", arrange);
  arrange();
}

const hasRoom = () => (document.body.classList.contains("reading") ? WIDEST : WIDE).matches;
const isWanted = () => (readSetting("past") ?? (conversations().length > 0 ? "open" : "shut")) === "open";

/** Beside the page where it is wanted and there is room for it. */
export function arrange() {
  const isOver = dialog.matches(":modal");
  const isBeside = hasRoom() && isWanted();
  if (!isOver && dialog.open !== isBeside) {
    const focused = document.activeElement;
    if (isBeside) dialog.show();
    else dialog.close();
    if (focused !== document.body && focused?.isConnected) focused.focus({ preventScroll: true });
  }
  document.body.classList.toggle("with-past", dialog.open && !dialog.matches(":modal"));
  button.setAttribute("aria-expanded", String(dialog.open));
  if (dialog.open) render();
}

function toggle() {
  if (dialog.matches(":modal")) dialog.close();
  else if (hasRoom()) {
    writeSetting("past", dialog.open ? "shut" : "open");
    arrange();
    (dialog.open ? search : button).focus();
  } else {
    render();
    dialog.showModal();
    button.setAttribute("aria-expanded", "true");
  }
}

/** Draw the list; called when a conversation begins or changes. */
export function render() {
  const asked = search.value.trim().toLowerCase();
  const kept = conversations().filter((one) => !asked || saidIn(one).includes(asked));
  list.replaceChildren(...(kept.length > 0 ? kept.map(item) : [element("li", { class: "note" }, t(asked ? "nothingFound" : "historyEmpty"))]));
  dialog.querySelector("#clear").hidden = kept.length === 0 || asked !== "";
  dialog.querySelector("#forgetful").hidden = !isForgetful();
}

const saidIn = (one) => [titleOf(one), ...one.turns.flatMap(({ question, text }) => [question, text])].join("\n").toLowerCase();

function item(kept) {
  const { id, time, turns } = kept;
  if (id === renaming) return element("li", {}, renameField(kept));
  const title = titleOf(kept);
  const when = new Date(time).toLocaleString(interfaceLanguage(), { dateStyle: "medium", timeStyle: "short" });
  const open = () => {
    if (dialog.matches(":modal")) dialog.close();
    actions.choose(id);
  };
  const current = id === actions.current() ? "page" : undefined;
  const press = (name, does, label) =>
    element("button", { type: "button", class: "action bare", "aria-label": label, title: label, "data-key": `${name}-${id}`, onclick: does }, icon(name));
  return element(
    "li",
    {},
    element("button", { type: "button", class: "card", "aria-current": current, onclick: open },
      element("span", { class: "title", lang: turns[0]?.language }, shown(title)), element("span", { class: "details" }, when)),
    press("rename", () => rename(id), t("rename", { title })),
    press("delete", () => remove(kept), t("delete", { title })),
  );
}

function rename(id) {
  renaming = id;
  render();
  const field = list.querySelector("input");
  field.focus();
  field.select();
}

/** Enter or leaving keeps the name, Escape the one before. */
function renameField(kept) {
  const field = element("input", { type: "text", maxlength: "120", "aria-label": t("newName") });
  field.value = titleOf(kept);
  const done = (isKept) => {
    if (renaming !== kept.id) return;
    renaming = "";
    const latest = conversation(kept.id);
    if (isKept && latest) keepConversation({ ...latest, title: field.value.trim() });
    const hadFocus = document.activeElement === field;
    render();
    if (hadFocus) list.querySelector(`[data-key="rename-${kept.id}"]`)?.focus();
  };
  field.addEventListener("blur", () => done(true));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    done(event.key === "Enter");
  });
  return field;
}

function remove(kept) {
  deleteConversation(kept.id);
  after([kept], t("deleted", { title: titleOf(kept) }));
}

function clear() {
  const kept = conversations();
  for (const { id } of kept) deleteConversation(id);
  after(kept, t("deletedAll", { n: kept.length }));
}

function after(kept, words) {
  const wasShown = kept.find(({ id }) => id === actions.current());
  if (wasShown) actions.gone();
  render();
  search.focus();
  const undo = () => {
    kept.forEach(keepConversation);
    if (wasShown) actions.back(wasShown.id);
    render();
  };
  offerUndo(words, { undo });
}
