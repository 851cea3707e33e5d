/** Which hosts go by a proxy: the rules of golang.org/x/net/http/httpproxy, and of net/http for a proxy that is given. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProxySettings } from "../../src/contracts.ts";
import { isExempt, parseNoProxy } from "../../src/platform/http/no_proxy.ts";
import { type ChooseProxy, proxyChooser } from "../../src/platform/http/proxy.ts";
import { targetOf } from "../../src/platform/http/target.ts";

/** For each list: URLs that go without a proxy, and URLs that go by it. */
const LISTS: readonly (readonly [string, without: readonly string[], by: readonly string[]])[] = [
  [
    "",
    [
      "http://localhost/",
      "http://127.0.0.1/",
      "http://127.9.9.9/",
      "http://[::1]/",
      "http://LOCALHOST:8/",
    ],
    ["http://a.example/", "http://10.0.0.1/", "http://localhost.example/", "http://[::2]/"],
  ],
  [
    "example.com",
    [
      "http://example.com/",
      "https://example.com:444/",
      "http://a.b.example.com/",
      "http://EXAMPLE.com/",
    ],
    ["http://badexample.com/", "http://example.com.org/", "http://com/"],
  ],
  [".example.com", ["http://a.example.com/"], ["http://example.com/", "http://aexample.com/"]],
  ["*.example.com", ["http://a.example.com/"], ["http://example.com/"]],
  ["example.com:8080", ["http://example.com:8080/", "http://a.example.com:8080/"], [
    "http://example.com/",
  ]],
  ["example.com:80", ["http://example.com/"], ["https://example.com/"]],
  ["example.com:443", ["https://example.com/"], ["http://example.com/"]],
  ["*", ["http://example.com/", "http://1.2.3.4/"], []],
  [" a.example , ,*", ["http://b.example/"], []],
  ["10.1.2.3", ["http://10.1.2.3/", "http://10.1.2.3:9/"], [
    "http://10.1.2.4/",
    "http://10.1.2.30/",
  ]],
  ["10.1.2.3:9", ["http://10.1.2.3:9/"], ["http://10.1.2.3/"]],
  ["10.0.0.0/8", ["http://10.255.0.1:1/"], ["http://11.0.0.1/", "http://ten.example/"]],
  ["10.1.2.3/31", ["http://10.1.2.2/", "http://10.1.2.3/"], ["http://10.1.2.4/"]],
  ["fd00::/8", ["http://[fd12::1]/"], ["http://[fe80::1]/", "http://10.0.0.1/"]],
  ["fd00::1", ["http://[fd00::1]/", "http://[fd00:0::1]:9/"], ["http://[fd00::2]/"]],
  ["[fd00::1]", [], ["http://[fd00::1]/"]],
  ["::ffff:10.0.0.0/104", ["http://10.1.2.3/", "http://[::ffff:10.1.2.3]/"], ["http://11.0.0.1/"]],
  ["/", [], ["http://example.com./", "http://example.com/"]],
  ["[fd00::1]:80", ["http://[fd00::1]/"], ["http://[fd00::1]:81/"]],
  ["a.example,10.0.0.0/8", ["http://a.example/", "http://10.0.0.1/"], ["http://b.example/"]],
  ["bücher.example", ["http://xn--bcher-kva.example/", "http://a.bücher.example/"], [
    "http://b.example/",
  ]],
  ["10.0.0.0/99, 10.0/8, :80, /, a/b", [], ["http://10.0.0.1/", "http://a.example/"]],
];

for (const [list, without, by] of LISTS) {
  test(`"${list}"`, () => {
    const exemptions = parseNoProxy(list);
    for (const url of without) assert.equal(isExempt(targetOf(url), exemptions), true, url);
    for (const url of by) assert.equal(isExempt(targetOf(url), exemptions), false, url);
  });
}

const NONE: ProxySettings = {
  url: undefined,
  noProxy: undefined,
  fromEnvironment: false,
  connectHeaders: {},
};

function byEnvironment(variables: Readonly<Record<string, string>>): ChooseProxy {
  return proxyChooser({ ...NONE, fromEnvironment: true }, (name) => variables[name]);
}

function shownFor(choose: ChooseProxy, url: string): string | undefined {
  return choose(targetOf(url))?.shown;
}

test("the environment has a proxy for each scheme, in upper case or in lower", () => {
  const choose = byEnvironment({
    HTTP_PROXY: "http://a:1",
    http_proxy: "http://lower:1",
    https_proxy: "socks5://b",
    ALL_PROXY: "http://never:1",
    NO_PROXY: "no.example",
    no_proxy: "lower.example",
  });
  assert.equal(shownFor(choose, "http://x.example/"), "http://a:1");
  assert.equal(shownFor(choose, "https://x.example/"), "socks5://b:1080");
  assert.equal(shownFor(choose, "http://no.example/"), undefined);
  assert.equal(shownFor(choose, "http://lower.example/"), "http://a:1");
  assert.equal(shownFor(choose, "http://localhost/"), undefined);
});

test("an environment without a proxy for a scheme has none for it, and one without a scheme is of http", () => {
  const choose = byEnvironment({ HTTPS_PROXY: "user:pw@proxy:3128", HTTP_PROXY: "" });
  assert.equal(shownFor(choose, "http://x.example/"), undefined);
  const proxy = choose(targetOf("https://x.example/"));
  assert.equal(proxy?.shown, "http://proxy:3128");
  assert.deepEqual(proxy?.login, { username: "user", password: "pw" });
});

test("what is no proxy in the environment is told, without what it is", () => {
  for (const text of ["http://", "http://hunter2:x@", "http:// hunter2", "socks4://hunter2"]) {
    assert.throws(() => byEnvironment({ HTTP_PROXY: text }), (error: Error) => {
      assert.match(error.message, /^the environment's HTTP_PROXY is wrong: expected a URL/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

test("HTTP_PROXY is not used in a CGI program, and nothing leaves without it", () => {
  const choose = byEnvironment({
    HTTP_PROXY: "http://a:1",
    HTTPS_PROXY: "http://b:1",
    REQUEST_METHOD: "GET",
  });
  assert.throws(() => choose(targetOf("http://x.example/")), /REQUEST_METHOD is set/);
  assert.equal(shownFor(choose, "https://x.example/"), "http://b:1");
});

test("a proxy that is given is for all hosts, with no_proxy for all but those and this machine", () => {
  const all = proxyChooser({ ...NONE, url: "https://proxy" }, () => "http://never:1");
  assert.equal(shownFor(all, "http://127.0.0.1/"), "https://proxy:443");
  const some = proxyChooser({ ...NONE, url: "https://proxy", noProxy: "a" }, () => undefined);
  assert.equal(shownFor(some, "http://127.0.0.1/"), undefined);
  assert.equal(shownFor(some, "http://a/"), undefined);
  assert.equal(shownFor(some, "http://b/"), "https://proxy:443");
  const none = proxyChooser(NONE, () => "http://never:1");
  assert.equal(shownFor(none, "http://b/"), undefined);
});

test("a login that SOCKS cannot carry is refused", () => {
  for (const login of [`${"u".repeat(256)}:p`, `u:${"ä".repeat(128)}`, ":p"]) {
    const settings = { ...NONE, url: `socks5://${login}@proxy` };
    assert.throws(() => proxyChooser(settings, () => undefined), /1 to 255 bytes/, login);
  }
  for (const login of ["u:", "u"]) {
    const settings = { ...NONE, url: `socks5://${login}@proxy` };
    const proxy = proxyChooser(settings, () => undefined)(new URL("http://a/") as never);
    assert.deepEqual(proxy?.login, { username: "u", password: "" });
  }
});
