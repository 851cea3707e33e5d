/** What the page asks the program for. Addresses are from where the page is, whatever is before that. */

const BASE = new URL(".", document.baseURI);

/** An address of the program. */
export function address(path: string, params: Readonly<Record<string, string>> = {}): string {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(params)) {
    if (value !== "") url.searchParams.set(name, value);
  }
  return url.href;
}

/** Asks, and resolves to the data of the answer; rejects with what the program says is wrong. */
export async function ask<Data>(path: string, init?: RequestInit): Promise<Data> {
  const answer = await fetch(path, { ...init, credentials: "same-origin" });
  const text = await answer.text();
  let body: { readonly status?: string; readonly data?: Data; readonly error?: string } = {};
  try {
    body = JSON.parse(text);
  } catch {
    // What is between answers as it likes.
  }
  if (body.status === "success") return body.data as Data;
  throw new Error(body.error ?? `${answer.status}: ${text.slice(0, 200)}`);
}
