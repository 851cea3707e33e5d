/** What is remembered of a request's head must not be what another one says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import { requestBytes } from "../../src/platform/http/request_bytes.ts";
import { targetOf } from "../../src/platform/http/target.ts";

const URL_TEXT = "http://host:1/path?q";

function textOf(request: Partial<HttpRequest>): string {
  const whole = { url: URL_TEXT, method: "POST", headers: {}, answerBytesMax: 0, ...request };
  const parts = requestBytes(whole as HttpRequest, targetOf(whole.url));
  const decoder = new TextDecoder("latin1");
  return parts.map((part) => decoder.decode(part)).join("|");
}

const HEAD = "/path?q HTTP/1.1\r\nhost: host:1\r\nconnection: keep-alive\r\n" +
  "accept-encoding: identity\r\na: b\r\n";

test("each body has its own length behind a head that is the same", () => {
  const headers = { a: "b" };
  const of = (text: string): Partial<HttpRequest> => ({
    headers,
    body: new TextEncoder().encode(text),
  });
  assert.equal(textOf(of("12")), `POST ${HEAD}content-length: 2\r\n\r\n12`);
  assert.equal(textOf(of("")), `POST ${HEAD}content-length: 0\r\n\r\n`);
  const long = "x".repeat(64 * 1024 + 1);
  assert.equal(textOf(of(long)), `POST ${HEAD}content-length: 65537\r\n\r\n|${long}`);
  assert.equal(textOf(of("1")), `POST ${HEAD}content-length: 1\r\n\r\n1`);
});

test("the same headers with another method, URL or wish are another head", () => {
  const headers = { a: "b" };
  assert.equal(textOf({ headers }), `POST ${HEAD}content-length: 0\r\n\r\n`);
  assert.equal(textOf({ headers, method: "GET" }), `GET ${HEAD}\r\n`);
  const body = Uint8Array.of(48);
  assert.equal(textOf({ headers, method: "GET", body }), `GET ${HEAD}content-length: 1\r\n\r\n0`);
  assert.equal(textOf({ headers, method: "PUT" }), `PUT ${HEAD}content-length: 0\r\n\r\n`);
  const elsewhere = { headers, url: "http://other/" };
  assert.match(textOf(elsewhere), /^POST \/ HTTP\/1.1\r\nhost: other\r\n/);
  const packed = { "accept-encoding": "gzip" };
  assert.match(textOf({ headers: packed }), /identity/);
  assert.doesNotMatch(textOf({ headers: packed, onBody: () => {} }), /identity/);
});
