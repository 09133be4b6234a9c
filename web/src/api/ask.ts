// One request to the relay. Never throws for an answer: what went wrong comes back as words.

import { isRecord } from "./untrusted";

/** Why a request was not granted. `status` 0 means that the relay could not be reached. */
export interface Refusal {
  readonly ok: false;
  readonly status: number;
  /** The relay's stable word for it, such as `role_too_low`; empty when there is none. */
  readonly code: string;
  /** The relay's own sentence, for people; empty when there is none. */
  readonly detail: string;
}

export interface Granted<T> {
  readonly ok: true;
  readonly status: number;
  readonly body: T;
}

export type Answer<T> = Granted<T> | Refusal;

export interface Asking {
  readonly body?: unknown;
  /** A bundle or another file to send as it is, with its media type. */
  readonly file?: { readonly bytes: Blob; readonly type: string };
  readonly bearer?: string;
  /** The person's secret: it says who asks, and shows that the request is ours and no other site's. */
  readonly participant?: string | null;
  readonly signal?: AbortSignal;
}

/** Sends a request under /api/v1 and reads the answer with `read`, which gives null for what it cannot read. */
export async function ask<T>(
  method: string,
  path: string,
  read: (body: unknown) => T | null,
  asking: Asking = {},
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, request(method, asking));
  } catch {
    return { ok: false, status: 0, code: "unreachable", detail: "" };
  }
  const body = await parsed(response);
  if (!response.ok) return refusal(response.status, body);
  const value = read(body);
  if (value === null) return { ok: false, status: response.status, code: "unreadable", detail: "" };
  return { ok: true, status: response.status, body: value };
}

function request(method: string, asking: Asking): RequestInit {
  const headers = new Headers({ Accept: "application/json", "Plenary-Request": "1" });
  if (asking.bearer) headers.set("Authorization", `Bearer ${asking.bearer}`);
  if (asking.participant) headers.set("Plenary-Participant", asking.participant);
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (asking.file) {
    headers.set("Content-Type", asking.file.type);
    init.body = asking.file.bytes;
  } else if (asking.body !== undefined) {
    headers.set("Content-Type", "application/json");
    init.body = JSON.stringify(asking.body);
  }
  if (asking.signal) init.signal = asking.signal;
  return init;
}

async function parsed(response: Response): Promise<unknown> {
  if (response.status === 204) return {};
  try {
    return await response.json();
  } catch {
    // An answer without JSON (a proxy's error page, say) is told by its status alone.
    return null;
  }
}

/** Reads RFC 9457 problems, and the older form `{error: {code, message}}`. */
function refusal(status: number, body: unknown): Refusal {
  const source = isRecord(body) && isRecord(body["error"]) ? body["error"] : body;
  const field = (name: string): string =>
    isRecord(source) && typeof source[name] === "string" ? String(source[name]) : "";
  return {
    ok: false,
    status,
    code: field("code"),
    detail: sentence(field("detail") || field("message") || field("title")),
  };
}

function sentence(text: string): string {
  if (!text) return "";
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?:]$/.test(first) ? first : `${first}.`;
}
