// One request to the REST API, and what its refusals become.
import { NoAnswer, Refused } from "./refused.js";

const API = "/api/v1";

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function call(method, path, body) {
  const response = await ask(method, path, body);
  return response.status === 204 ? undefined : response.json();
}

/**
 * The answer as a file, for what is kept and not shown.
 * @param {string} method
 * @param {string} path
 * @returns {Promise<Blob>}
 */
export async function download(method, path) {
  const response = await ask(method, path);
  return response.blob().catch(() => {
    throw new NoAnswer();
  });
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<Response>} one that went well
 */
async function ask(method, path, body) {
  /** @type {RequestInit} */
  const init = { method, credentials: "same-origin", cache: "no-store", headers: { accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  /** @type {Response} */
  let response;
  try {
    response = await fetch(API + path, init);
  } catch {
    throw new NoAnswer();
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Refused({
    code: typeof answer?.code === "string" ? answer.code : response.status === 401 ? "unauthenticated" : "internal",
    message: typeof answer?.message === "string" ? answer.message : response.statusText || String(response.status),
    field: answer?.field,
    retry_after_ms: answer?.retry_after_ms ?? (Number(response.headers.get("retry-after")) * 1000 || undefined),
  });
}
