import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutSecrets } from "../../src/auth/hidden.ts";

const SECRET = "Zx9~q w0rd+/=<&'!";

test("a secret is hidden however somebody else has written it", () => {
  const form = new URLSearchParams({ client_secret: SECRET }).toString();
  const url = encodeURIComponent(SECRET);
  const echoes = [
    SECRET,
    JSON.stringify(SECRET),
    JSON.stringify(SECRET).replace("<", "\\u003c").replace("&", "\\u0026"),
    form,
    form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    url,
    url.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    SECRET.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;"),
  ];
  for (const echo of echoes) {
    const shown = withoutSecrets(`got ${echo}.`, {
      url: "http://endpoint/write",
      headers: {},
      secrets: [SECRET],
    });
    assert.match(shown, /<hidden>/, echo);
    assert.doesNotMatch(shown, /Zx9|q.?w0rd/, echo);
  }
});
