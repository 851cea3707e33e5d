/** Which redirects are followed, and what is sent where they lead. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RedirectingHttpClient } from "../../src/connection/redirects.ts";
import type { HttpRequest } from "../../src/contracts.ts";
import { makeAnswer, ScriptedHttpClient } from "../../src/testing/memory.ts";

const REQUEST: HttpRequest = {
  url: "https://host:8443/push?a=b",
  method: "POST",
  headers: { authorization: "Bearer s3cret" },
  body: Uint8Array.of(1, 2, 3),
  answerBytesMax: 100,
};

/** The status of the answer, and the URLs that were asked. */
async function follow(
  status: number,
  location: string | undefined,
  request: HttpRequest = REQUEST,
): Promise<[number, string[]]> {
  const asked: string[] = [];
  const http = new ScriptedHttpClient((given) => {
    asked.push(given.url);
    assert.deepEqual({ ...given, url: request.url }, request);
    const headers = location === undefined ? {} : { location };
    return asked.length === 1 ? makeAnswer(status, "", headers) : makeAnswer(204);
  });
  const client = new RedirectingHttpClient(http);
  const answer = await client.exchange(request, new AbortController().signal);
  return [answer.status, asked.slice(1)];
}

test("a 307 or a 308 to the same host is followed, with all of the request", async () => {
  for (const status of [307, 308]) {
    assert.deepEqual(await follow(status, "/v2/push"), [204, ["https://host:8443/v2/push"]]);
    assert.deepEqual(await follow(status, "https://HOST:8443/x?c"), [204, [
      "https://host:8443/x?c",
    ]]);
    assert.deepEqual(await follow(status, "there"), [204, ["https://host:8443/there"]]);
  }
});

test("what leads elsewhere is the answer", async () => {
  const elsewhere = [
    "https://other:8443/push",
    "http://host:8443/push",
    "https://host/push",
    "//other/push",
    "https://user:pw@host:8443/push",
    "https://[",
    undefined,
  ];
  for (const location of elsewhere) assert.deepEqual(await follow(307, location), [307, []]);
});

test("what would not send the body again is the answer", async () => {
  for (const status of [300, 301, 302, 303, 304, 305]) {
    assert.deepEqual(await follow(status, "/there"), [status, []]);
  }
});

test("without a body all redirects can be followed", async () => {
  const { body: _, ...rest } = REQUEST;
  const request: HttpRequest = { ...rest, method: "GET" };
  for (const status of [301, 302, 303, 307, 308]) {
    assert.deepEqual(await follow(status, "/x", request), [204, ["https://host:8443/x"]]);
  }
  assert.deepEqual(await follow(300, "/x", request), [300, []]);
});

test("a circle ends where it began, and a long way after ten steps", async () => {
  const exchanges = async (location: (asked: number) => string): Promise<[number, number]> => {
    let asked = 0;
    const http = new ScriptedHttpClient(() => makeAnswer(307, "", { location: location(++asked) }));
    const client = new RedirectingHttpClient(http);
    const answer = await client.exchange(REQUEST, new AbortController().signal);
    return [answer.status, http.exchanges];
  };
  assert.deepEqual(await exchanges(() => REQUEST.url), [307, 1]);
  assert.deepEqual(await exchanges((asked) => `/${asked % 3}`), [307, 4]);
  assert.deepEqual(await exchanges((asked) => `/${asked}`), [307, 11]);
});

test("where it may go elsewhere, a GET does, without what may be a secret, and no POST does", async () => {
  const asked: HttpRequest[] = [];
  const http = new ScriptedHttpClient((given) => {
    asked.push(given);
    const location = ["https://host:8443/b", "http://other/c", "https://host:8443/d"][
      asked.length - 1
    ];
    return location === undefined ? makeAnswer(200) : makeAnswer(302, "moved", { location });
  });
  const client = new RedirectingHttpClient(http, true);
  const headers = { Authorization: "s3cret", "x-key": "s3cret", accept: "text/plain" };
  const get: HttpRequest = {
    url: "https://host:8443/a",
    method: "GET",
    headers,
    answerBytesMax: 9,
  };
  assert.equal((await client.exchange(get, new AbortController().signal)).status, 200);
  assert.deepEqual(asked.map(({ url, headers }) => [url, headers]), [
    ["https://host:8443/a", headers],
    ["https://host:8443/b", headers],
    ["http://other/c", { accept: "text/plain" }],
    // It was told by somebody else, who may want to see what walq says.
    ["https://host:8443/d", { accept: "text/plain" }],
  ]);
  const elsewhere = new ScriptedHttpClient(() =>
    makeAnswer(307, "", { location: "http://other/" })
  );
  const post = { ...REQUEST, body: new Uint8Array(0) };
  const answer = new RedirectingHttpClient(elsewhere, true).exchange(
    post,
    new AbortController().signal,
  );
  assert.equal((await answer).status, 307);
  assert.equal(elsewhere.exchanges, 1);
});

test("who wants the whole body gets that of the last answer alone", async () => {
  const http = new ScriptedHttpClient(({ url }) =>
    url === "http://host/a"
      ? makeAnswer(302, "it has moved", { location: "/b" })
      : makeAnswer(302, "in a circle", { location: "/a" })
  );
  let body = "";
  const answer = await new RedirectingHttpClient(http).exchange({
    url: "http://host/a",
    method: "GET",
    headers: {},
    answerBytesMax: 100,
    onBody: (piece) => body += new TextDecoder().decode(piece),
  }, new AbortController().signal);
  assert.deepEqual([answer.status, body, http.exchanges], [302, "in a circle", 2]);
});
