import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutLogins, withoutSecrets } from "../../src/auth/hidden.ts";

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

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

test("a secret is hidden in base64, as texts, URLs and JSON have it", () => {
  const secrets = [SECRET, "hunter2", "schlüssel-€", "a>>>b???c~~~d", "tok-0123456789abcdef"];
  assert.match(secrets.map(base64).join(), /\+.*\/|\/.*\+/);
  for (const secret of secrets) {
    const whole = base64(secret);
    const forUrls = whole.replaceAll("+", "-").replaceAll("/", "_");
    const echoes = [
      whole,
      whole.replaceAll("=", ""),
      forUrls,
      forUrls.replaceAll("=", ""),
      encodeURIComponent(whole),
      encodeURIComponent(whole).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      whole.replaceAll("/", "\\/"),
      whole.replaceAll("+", "\\u002b"),
      whole.replaceAll("+", "\\u002B"),
    ];
    for (const echo of echoes) {
      const request = { url: "http://endpoint/write", headers: { "x-key": secret } };
      assert.match(withoutSecrets(`got ${echo}.`, request), /^got <hidden>={0,2}\.$/, echo);
    }
  }
});

test("the beginning of a long secret is hidden at the end of a short text, in each spelling", () => {
  const keys = Array.from({ length: 40 }, (_, at) => String.fromCodePoint(0x1f511 + at)).join("");
  const plain = "tok+0123456789/abcdef=".repeat(20);
  for (const secret of [plain, keys]) {
    const request = { url: "http://endpoint/write", headers: { "x-key": secret } };
    for (const spelling of [secret, base64(secret), encodeURIComponent(secret)]) {
      for (const length of [8, 9, 10, 11, 12, 18]) {
        const shown = withoutSecrets(`got ${spelling.slice(0, length)}`, request);
        assert.match(shown, /^got <hidden>$/, `${spelling} ${length}`);
      }
      const short = `got ${spelling.slice(0, 5)}`;
      assert.equal(withoutSecrets(short, request), short);
    }
  }
});

test("a login is hidden without its scheme, and as what its base64 stands for", () => {
  const pair = base64("user:hunter2/hunter2");
  for (const echo of [pair, "user:hunter2/hunter2", "hunter2/hunter2", encodeURIComponent(pair)]) {
    assert.equal(withoutLogins(`got ${echo}.`, [`Basic ${pair}`]), "got <hidden>.");
  }
});

test("a secret is hidden where it is a part of what is in base64", () => {
  const secret = "tok-0123456789abcdef";
  const request = { url: "http://endpoint/write", headers: {}, secrets: [secret] };
  for (const before of ["", "x", "xx", "xxx"]) {
    for (const after of ["", ", more", " more", "  more"]) {
      const shown = withoutSecrets(`[${base64(before + secret + after)}]`, request);
      const [start = "", end = "", ...rest] = shown.slice(1, -1).split("<hidden>");
      assert.deepEqual(rest, []);
      // A character beside it has no more than four bits of the secret.
      assert.ok(start.length <= Math.ceil(before.length * 8 / 6), shown);
      assert.ok(end.length <= Math.ceil(after.length * 8 / 6) + 4, shown);
    }
  }
});

test("a secret is hidden in the JSON of who escapes what HTML and URLs have, too", () => {
  const request = { url: "http://endpoint/write", headers: { "x-key": `a+b'c"d<e>f&g` } };
  for (const quote of ["\\u0022", '\\"']) {
    const echo = `a\\u002Bb\\u0027c${quote}d\\u003Ce\\u003Ef\\u0026g`;
    assert.equal(withoutSecrets(`got ${echo}.`, request), "got <hidden>.", echo);
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
