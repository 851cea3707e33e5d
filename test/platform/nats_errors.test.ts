/** What the client of NATS throws, as walq has it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamError } from "../../src/errors.ts";
import { streamErrorOf } from "../../src/platform/nats/errors.ts";

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more);
}

function api(errCode: number, code: number): Error {
  return named("JetStreamApiError", "said by the servers", {
    apiError: () => ({ err_code: errCode, code }),
  });
}

test("each error says whether waiting helps, and what else does", () => {
  const cases: readonly (readonly [Error, string])[] = [
    [named("TimeoutError", "timeout"), "unavailable"],
    [named("ConnectionError", "connection refused"), "unavailable"],
    [named("Error", "getaddrinfo ENOTFOUND a", { code: "ENOTFOUND" }), "unavailable"],
    [named("Error", "read ECONNRESET", { code: "ECONNRESET" }), "unavailable"],
    [named("NoResponders", "no responders: 'x'"), "unavailable"],
    [
      named("JetStreamNotEnabled", "jetstream is not enabled", {
        cause: named("RequestError", "no responders"),
      }),
      "unavailable",
    ],
    [
      named("JetStreamNotEnabled", "not enabled for account", { cause: api(10039, 503) }),
      "refused",
    ],
    [named("AuthorizationError", "Authorization Violation"), "denied"],
    [named("UserAuthenticationExpiredError", "User Authentication Expired"), "denied"],
    [
      named("RequestError", 'Permissions Violation for Publish to "a.0.batches"'),
      "refused",
    ],
    [named("ConnectionError", "server does not support 'tls'"), "refused"],
    [named("InvalidArgumentError", "payload max_payload size exceeded"), "too_large"],
    [api(10077, 400), "full"],
    [api(10071, 400), "conflict"],
    [api(10005, 400), "unavailable"],
    [api(10074, 500), "refused"],
    [api(99999, 503), "unavailable"],
  ];
  for (const [error, code] of cases) {
    assert.equal(streamErrorOf(error, "cannot do it").code, code, `${error.name} ${error.message}`);
  }
});

test("the words of TLS are those of the other connections, and one of walq's own stays what it is", () => {
  const expired = named("Error", "certificate has expired", { code: "CERT_HAS_EXPIRED" });
  const { code, message } = streamErrorOf(expired, "cannot connect to a:4222");
  assert.deepEqual([code, message], [
    "refused",
    "cannot connect to a:4222: TLS: the certificate has expired",
  ]);
  const own = new StreamError("full", "no room");
  assert.equal(streamErrorOf(own, "x"), own);
});

test("what nobody takes is a matter of the stream, or of JetStream, which the client cannot tell", () => {
  const untaken = (subject: string): string => {
    const none = named("NoResponders", `no responders: '${subject}'`);
    const cause = named("RequestError", none.message, { cause: none });
    const error = named("JetStreamNotEnabled", "jetstream is not enabled", { cause });
    const { code, message } = streamErrorOf(error, "cannot do it");
    return `${code} ${message}`;
  };
  assert.equal(
    untaken("metrics.0.batches"),
    "unavailable cannot do it: no server takes this subject: the stream has no leader now, or " +
      "does not exist (`walq nats check` tells which)",
  );
  assert.equal(
    untaken("$JS.API.INFO"),
    "unavailable cannot do it: no server takes questions about streams: JetStream is not ready " +
      "yet, or not enabled",
  );
});
