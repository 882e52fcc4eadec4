// Requests to the service, and the events of a streamed answer.

/** Why no answer came. `kind` is the key of the text that says so. */
export class Failure extends Error {
  constructor(kind, { detail = "", seconds = 0 } = {}) {
    super(`${kind} ${detail}`);
    Object.assign(this, { kind, detail, seconds });
  }
}

/**
 * Yield {event, data} of the answer to a conversation until `done`; `filter` says which documents may
 * answer, null for all. Throws Failure, AbortError.
 */
export async function* streamAnswer(messages, signal, filter = null) {
  const response = await request("/chat", {
    method: "POST",
    body: JSON.stringify({ messages, stream: true, ...(filter && { filter }) }),
    signal,
  });
  if (!(response.headers.get("content-type") ?? "").includes("text/event-stream")) {
    yield { event: "done", data: await response.json() };
    return;
  }
  try {
    for await (const event of events(lines(response.body))) {
      if (event.event === "error") throw new Failure("failed", { detail: event.data.detail });
      yield event;
      if (event.event === "done") return;
    }
  } catch (error) {
    if (error instanceof Failure || signal.aborted) throw error;
    throw new Failure("broken");
  }
  throw new Failure("broken");
}

/** The JSON at a path. Throws Failure. */
export async function fetchJson(path) {
  return (await request(path, {})).json();
}

/** Take a document out of the library, even while the page is left. Throws Failure. */
export async function removeDocument(id) {
  await request(`/documents/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
}

/** Send a file; `progress` hears the share that has gone. Returns what the service says. Throws Failure. */
export function sendFile(file, progress) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest(); // fetch does not tell how much has gone
    sending.open("POST", `/documents?name=${encodeURIComponent(file.name)}`);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    sending.addEventListener("error", () => reject(new Failure("unreachable")));
    sending.addEventListener("load", () => {
      const body = parsed(sending.responseText);
      if (sending.status === 202) return resolve(body);
      const seconds = Number.parseInt(sending.getResponseHeader("retry-after") ?? "", 10);
      return reject(failureOf(sending.status, describe(body, sending), seconds));
    });
    sending.send(file);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

async function request(path, { method = "GET", body, signal, keepalive }) {
  const headers = { Accept: "application/json, text/event-stream" };
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, body, signal, headers, keepalive });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure("unreachable");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const detail = describe(await response.json().catch(() => ({})), response);
  return failureOf(response.status, detail, Number.parseInt(response.headers.get("retry-after") ?? "", 10));
}

function failureOf(status, detail, seconds) {
  if (status === 404) return new Failure("missing", { detail });
  if (status === 429 || status === 503) return new Failure("busy", { seconds: seconds > 0 ? seconds : 5 });
  return new Failure(status < 500 ? "refused" : "failed", { detail });
}

function describe({ detail }, response) {
  if (typeof detail === "string") return detail;
  const reasons = Array.isArray(detail) ? detail.map((item) => item?.msg).filter(Boolean) : [];
  return reasons.join("; ") || `${response.status} ${response.statusText}`.trim();
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return; // without a blank line behind it an event is not complete
    rest += value;
    const whole = rest.split(/\r\n|\n|\r(?!$)/); // a last \r may be half of \r\n
    rest = whole.pop();
    yield* whole;
  }
}

async function* events(source) {
  let event = "message";
  let data = [];
  for await (const line of source) {
    if (line === "") {
      if (data.length > 0) yield { event, data: JSON.parse(data.join("\n")) };
      event = "message";
      data = [];
      continue;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "event") event = value ?? "";
    if (field === "data") data.push(value ?? "");
  }
}
