/** Signatures, side by side with those of AWS's own library. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsSigner } from "../../../src/auth/aws/signer.ts";
import { seededRandom } from "../../../src/testing/memory.ts";
import { whyRefused } from "./verify.ts";

const SCOPE = { region: "eu-central-1", service: "aps" };
const KEYS = { accessKeyId: "AKID", secretAccessKey: "s3cret/key+", sessionToken: undefined };
const HEADERS = {
  "content-encoding": "snappy",
  "content-type": "application/x-protobuf",
  "user-agent": "walq/0",
  "x-prometheus-remote-write-version": "0.1.0",
};
const DAY_MS = 86_400_000;

test("any request is signed as AWS's library signs it", async () => {
  const random = seededRandom(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const signer = new AwsSigner();
  for (let round = 0; round < 300; round++) {
    const host = pick(["aps.example", "aps.example:8443", "[::1]:9", "xn--bcher-kva.example"]);
    const path = pick(["", "/", "/workspaces/ws-1/api/v1/remote_write", "/a%20b/~c", "/a+b/ü"]);
    const query = pick(["", "?a=1&b=2", "?b=2&a=1&a=0", "?x=%2F%20~&y="]);
    const request = {
      method: "POST" as const,
      url: new URL(`https://${host}${path}${query}`).href,
      headers: {
        ...HEADERS,
        ...(random() < 0.5 ? { "retry-attempt": "3" } : {}),
        ...(random() < 0.5 ? { "x-scope-orgid": "a  b, c" } : {}),
      },
      body: Uint8Array.from({ length: random() * 2000 }, () => random() * 256),
    };
    const keys = random() < 0.5 ? KEYS : { ...KEYS, sessionToken: "session/t0ken==" };
    const nowMs = Date.UTC(2026, 0, 1) + Math.floor(random() * 400 * DAY_MS);
    const signed = await signer.sign(request, keys, SCOPE, nowMs);
    const received = { ...request, headers: { ...request.headers, ...signed } };
    assert.equal(await whyRefused(received, keys, { ...SCOPE, nowMs }), undefined, request.url);
    const other = { ...received, body: Uint8Array.of(...received.body, 1) };
    assert.notEqual(await whyRefused(other, keys, { ...SCOPE, nowMs }), undefined);
    const late = await whyRefused(received, keys, { ...SCOPE, nowMs: nowMs + DAY_MS });
    assert.match(late!, /^the date is/);
  }
});

test("headers that are not ASCII leave as they are, and are not signed", async () => {
  const request = {
    method: "POST" as const,
    url: "http://one/write",
    headers: { ...HEADERS, "x-tenant": "ü€😀", "x-latin": "\u00a0é", "x-plain": "a" },
    body: Uint8Array.of(1),
  };
  const signed = await new AwsSigner().sign(request, KEYS, SCOPE, 0);
  assert.deepEqual(Object.keys(signed), ["authorization", "x-amz-date"]);
  assert.match(signed["authorization"]!, /x-amz-date;x-plain;x-prometheus-remote-write-version,/);
  const received = { ...request, headers: { ...request.headers, ...signed } };
  assert.equal(await whyRefused(received, KEYS, { ...SCOPE, nowMs: 0 }), undefined);
});

test("what is signed is the headers as they leave", async () => {
  const request = {
    method: "POST" as const,
    url: "http://one/write",
    headers: { ...HEADERS, "x-tenant": "a" },
    body: Uint8Array.of(1),
  };
  const signed = await new AwsSigner().sign(request, KEYS, SCOPE, 0);
  assert.deepEqual(Object.keys(signed), ["authorization", "x-amz-date"]);
  assert.match(
    signed["authorization"]!,
    /SignedHeaders=content-encoding;host;x-amz-date;x-prometheus-remote-write-version;x-tenant,/,
  );
  const received = { ...request, headers: { ...request.headers, ...signed, "x-tenant": "b" } };
  assert.notEqual(await whyRefused(received, KEYS, { ...SCOPE, nowMs: 0 }), undefined);
});
