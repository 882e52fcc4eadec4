// Building blocks of the page. Text becomes text nodes, never markup.

import { visible } from "./text.js";

/** An element; `on…` are listeners, `undefined` leaves an attribute out, strings become text. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Text that came from a document, a question or the service. */
export const shown = (text) => document.createTextNode(visible(String(text ?? "")));

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyThroughSelection(text); // without HTTPS there is no clipboard interface
  }
}

function copyThroughSelection(text) {
  const focused = document.activeElement;
  const holder = element("textarea", { class: "unseen", "aria-hidden": "true" });
  holder.value = text;
  (document.querySelector("dialog:modal") ?? document.body).append(holder);
  holder.select();
  const copied = document.execCommand("copy");
  holder.remove();
  focused?.focus();
  return copied;
}

export function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Say something to those who listen to the page. */
export function announce(text) {
  document.querySelector("#announcer").textContent = visible(text);
}
