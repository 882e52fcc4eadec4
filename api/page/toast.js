// A line at the foot of the window that says what was done and takes it back.

import { element, shown } from "./dom.js";
import { t } from "./language.js";

const SECONDS = 10;
let current = null;

/** Say what was done; `undo` is offered for ten seconds, then `settle` is called, or at the end. */
export function offerUndo(words, { undo, settle = () => {} }) {
  current?.end(true);
  const press = () => toast.end(false);
  const button = element("button", { type: "button", class: "button", "data-key": "undo", onclick: press }, t("undo"));
  const said = element("p", { role: "status" });
  const node = element("div", { class: "toast" }, said, button);
  const toast = { node, timer: 0 };
  toast.end = (isSettled) => {
    if (current !== toast) return;
    current = null;
    clearTimeout(toast.timer);
    node.remove();
    if (isSettled) settle();
    else undo();
  };
  current = toast;
  const wait = () => (toast.timer = setTimeout(() => toast.end(true), SECONDS * 1000));
  for (const begins of ["focusin", "pointerenter"]) node.addEventListener(begins, () => clearTimeout(toast.timer));
  for (const ends of ["focusout", "pointerleave"]) node.addEventListener(ends, wait);
  place(node);
  said.append(shown(words)); // once it is there, so that it is read out
  wait();
}

/** A modal dialog shuts off what is outside it, so the line goes where it can be pressed. */
function place(node) {
  const dialog = document.querySelector("dialog:modal");
  (dialog ?? document.body).append(node);
  dialog?.addEventListener("close", () => node.isConnected && document.body.append(node), { once: true });
}

addEventListener("pagehide", () => current?.end(true));
