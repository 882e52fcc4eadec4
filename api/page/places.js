// Where a place stands in its document, and whether that is in force, in words.

import { describe } from "./catalog.js";
import { element } from "./dom.js";
import { interfaceLanguage, t } from "./language.js";

/** Headings above a place, the outermost first, and its own numbering: 第二章 › 第六条. */
export const placeWords = ({ path, label }) => [...(path ?? []), label].filter(Boolean).join(" › ");

/** Publisher, date and the page or, where a place has no numbering of its own, its paragraph. */
export function sourceDetails({ publisher, date, page, paragraph, label }) {
  const counted = !label && paragraph ? t("paragraph", { n: paragraph }) : "";
  return [publisher, date, page > 0 ? t("page", { n: page }) : counted].filter(Boolean).join(" · ");
}

/** Everything that is known of a place, on one line. */
export const placeLine = (place) =>
  [placeWords(place), sourceDetails(place), successorWords(place) || versionWords(place), place.doubtful && t("doubtful")]
    .filter(Boolean)
    .join(" · ");

/** Whether a document is in force; "" where that is not known. */
export function versionWords({ version }) {
  if (version === "current") return t("inForce");
  return version === "superseded" ? t("superseded") : "";
}

/** What took the place of a document; "" where that is not known. */
export function successorWords({ version, replaced_by: id }) {
  const { title, source, date } = (version === "superseded" && describe(id)) || {};
  const words = title || source ? t("supersededBy", { title: title || source }) : "";
  return [words, words && date].filter(Boolean).join(" · ");
}

/** That a place was read from a picture, and perhaps wrongly, or null. */
export const doubt = ({ doubtful }) =>
  doubtful ? element("span", { class: "doubt", lang: interfaceLanguage() }, t("doubtful")) : null;

/** The version as a badge, or null. */
export function badge(place) {
  const words = versionWords(place);
  const attributes = { class: `badge ${place.version}`, lang: interfaceLanguage() };
  return words ? element("span", attributes, words) : null;
}
