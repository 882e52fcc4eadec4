// Requests to the service, and the events of a streamed answer.

/** Why no answer came. `kind` is the key of the text that says so. */
export class Failure extends Error {
  constructor(kind, { detail = "", seconds = 0 } = {}) {
    super(`${kind} ${detail}`);
    Object.assign(this, { kind, detail, seconds });
  }
}

/** Yield {event, data} of the answer to a conversation until `done`. Throws Failure, AbortError. */
export async function* streamAnswer(messages, signal) {
  const response = await request("/chat", {
    method: "POST",
    body: JSON.stringify({ messages, stream: true }),
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

async function request(path, { method = "GET", body, signal }) {
  const headers = { Accept: "application/json, text/event-stream" };
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, body, signal, headers });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure("unreachable");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const detail = describe(await response.json().catch(() => ({})), response);
  if (response.status === 404) return new Failure("missing", { detail });
  if (response.status === 429 || response.status === 503) {
    const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
    return new Failure("busy", { seconds: seconds > 0 ? seconds : 5 });
  }
  return new Failure(response.status < 500 ? "refused" : "failed", { detail });
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
