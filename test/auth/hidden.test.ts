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

test("a secret that is not ASCII is hidden as it is, in escapes, and read byte by byte", () => {
  const secret = "schlüssel-€";
  const bytes = Array.from(new TextEncoder().encode(secret), (byte) => String.fromCharCode(byte));
  for (
    const echo of [
      secret,
      "schl\\u00fcssel-\\u20ac",
      "schl\\u00FCssel-\\u20AC",
      bytes.join(""),
      encodeURIComponent(secret),
      "schl\\u00c3\\u00bcssel-\\u00e2\\u0082\\u00ac",
      "schl\\xc3\\xbcssel-\\xe2\\x82\\xac",
      "schl\\xC3\\xBCssel-\\xE2\\x82\\xAC",
      "schl\u00c3\u00bcssel-\u00e2\\x82\u00ac",
      "schl\\303\\274ssel-\\342\\202\\254",
      "schl&#252;ssel-&#8364;",
      "schl&#xfc;ssel-&#x20ac;",
      "schl&#195;&#188;ssel-&#226;&#130;&#172;",
    ]
  ) {
    const request = { url: "http://endpoint/write", headers: { "x-key": secret } };
    assert.equal(withoutSecrets(`got ${echo}.`, request), "got <hidden>.");
  }
});

test("a wordy segment of the path is hidden where it stands for itself, and a token everywhere", () => {
  const cases: [string, string, string][] = [
    ["redir", "a redirect of /redir to /redir/x", "a redirect of /<hidden> to /<hidden>/x"],
    ["1000", "got 10000 of 1000, 21000", "got 10000 of <hidden>, 21000"],
    [
      "redir",
      "%2Fredir%2F \\nredir \\u002fredir redir",
      "%2F<hidden>%2F \\n<hidden> \\u002f<hidden> <hidden>",
    ],
    ["my-tenant", "my-tenants of my-tenant.", "my-tenants of <hidden>."],
    ["t0ken", "xt0kenx", "x<hidden>x"],
    ["abcdefghijklm", "xabcdefghijklmx", "x<hidden>x"],
    ["abc", "abc", "abc"],
  ];
  for (const [segment, text, shown] of cases) {
    const url = `http://endpoint/${segment}`;
    assert.equal(withoutSecrets(text, { url, headers: {} }), shown, segment);
  }
  const secrets = ["redir"];
  const url = "http://endpoint/redir";
  assert.equal(withoutSecrets("redirect", { url, headers: {}, secrets }), "<hidden>ect");
});
