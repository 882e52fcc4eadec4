// Text of answers and documents. Offsets of the service count code points, JavaScript's strings
// count UTF-16 units: an array of code points is where they agree.

// What Python calls white space, as the service counts it.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export const codePoints = (text) => Array.from(text);

/** Show, one for one, what could reorder or hide text: it could pass for other words. */
export function visible(text) {
  const symbol = (mark) => (mark < " " ? String.fromCharCode(0x2400 + mark.charCodeAt(0)) : "\ufffd");
  return text.replace(CONTROL, symbol);
}

/** Where [start, end) of an original lies in its reading text, which differs by white space. */
export function locate(original, reading, start, end) {
  const before = count(original, 0, start);
  const within = count(original, start, end);
  if (within === 0) return null;
  const places = [];
  reading.forEach((point, index) => SPACE.test(point) || places.push(index));
  const last = Math.min(before + within, places.length) - 1;
  return last < before ? null : [places[before], places[last] + 1];
}

function count(points, start, end) {
  let found = 0;
  for (let index = start; index < end; index += 1) found += SPACE.test(points[index]) ? 0 : 1;
  return found;
}

/** Cut text, as code points, at spans: [{text, inside}] in order. Spans that do not fit are left out. */
export function cut(points, spans) {
  const pieces = [];
  let done = 0;
  for (const [start, end] of [...spans].sort((one, other) => one[0] - other[0])) {
    if (start < done || end <= start || end > points.length) continue;
    if (start > done) pieces.push({ text: points.slice(done, start).join(""), inside: false });
    pieces.push({ text: points.slice(start, end).join(""), inside: true });
    done = end;
  }
  if (done < points.length) pieces.push({ text: points.slice(done).join(""), inside: false });
  return pieces;
}

/** The language of a text that the service has not told; `otherwise` where it has no Chinese. */
export function guessLanguage(text, interfaceLanguage, otherwise = "en") {
  if (!/\p{Script=Han}/u.test(text)) return otherwise;
  return interfaceLanguage === "en" ? "zh-Hans" : interfaceLanguage;
}

/** The path of a place in a document; offsets as in RFC 5147. */
export function sourcePath({ document_id: id, start_char: start, end_char: end }) {
  return `/documents/${encodeURIComponent(id)}${end > start ? `#char=${start},${end}` : ""}`;
}
