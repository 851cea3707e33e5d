/** What stands for a Request says what that would say. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { requestOf } from "../../src/agent/hosts/asked_request.ts";

type Head = Partial<Pick<IncomingMessage, "method" | "url" | "headers">>;

function asked(head: Head): Request {
  return requestOf({ method: "POST", url: "/", headers: {}, ...head } as IncomingMessage);
}

function textOr(make: () => string): string {
  try {
    return make();
  } catch (error) {
    return (error as Error).name;
  }
}

/** How often somebody names one of the classes that Node loads its `fetch` for. */
function countNamed(names: readonly string[], use: () => void): number {
  let named = 0;
  const own = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!);
  for (const name of names) {
    const value: unknown = Reflect.get(globalThis, name);
    const get = (): unknown => (named++, value);
    Object.defineProperty(globalThis, name, { configurable: true, get });
  }
  try {
    use();
  } finally {
    for (const [index, name] of names.entries()) {
      Object.defineProperty(globalThis, name, own[index]!);
    }
  }
  return named;
}

// The first: what is asked once is known from then on.
test("Request and Headers are not named for what every request is asked, and are for more", () => {
  const request = asked({ url: "/a", headers: { host: "b" } });
  const classes = ["Request", "Headers", "Response"];
  const named = countNamed(classes, () => {
    assert.deepEqual([request.method, request.url], ["POST", "http://walq/a"]);
    assert.equal(request.headers.get("host"), "b");
  });
  assert.equal(named, 0);
  assert.ok(countNamed(classes, () => void request.signal) > 0);
  assert.ok(request instanceof Request && request.headers instanceof Headers);
});

test("the URL is that of a Request, whatever the path", () => {
  const paths = ["/api/v1/write", "/a/../b", "/./a", "/a/%2E%2e/b", "/a b", "/a\\b", "//a", "/?'"];
  for (
    const path of [
      ...paths,
      "/a?b=/../c#d",
      "/\u00e4",
      "/%zz",
      "/a/.b",
      '/a|b^`{}<>"',
      "/..",
      "/a;b@c",
    ]
  ) {
    assert.equal(asked({ url: path }).url, new Request(`http://walq${path}`).url, path);
  }
  const character = fc.constantFrom(..."/./.%2eE?#&=:@;,+*'\\|a~-_ \"<>^`{}()$!");
  const path = fc.array(character, { maxLength: 12 }).map((all) => `/${all.join("")}`);
  fc.assert(fc.property(path, (url) => {
    const real = textOr(() => new Request(`http://walq${url}`).url);
    assert.equal(textOr(() => asked({ url }).url), real);
  }));
});

test("a whole URL is asked for by its path, and what is none has one", () => {
  assert.equal(asked({ url: "http://other:1/a?b" }).url, "http://walq/a?b");
  assert.equal(asked({ url: "https://other" }).url, "http://walq/");
  assert.equal(asked({ url: "*" }).url, "http://walq/*");
});

test("headers are found whatever the case, and none that is not there", () => {
  const { headers } = asked({ headers: { host: "a", "set-cookie": ["1", "2"] } });
  assert.equal(headers.get("Host"), "a");
  assert.equal(headers.get("set-cookie"), "1,2");
  assert.deepEqual([headers.has("host"), headers.has("origin")], [true, false]);
  for (const name of ["origin", "constructor", "__proto__", "toString"]) {
    assert.equal(headers.get(name), null);
  }
});

test("what else is asked of it is what a Request has", async () => {
  const request = asked({ method: "PUT", url: "/a?b=c", headers: { "x-a": "b" } });
  assert.ok(request instanceof Request && request.headers instanceof Headers);
  assert.deepEqual([request.method, request.bodyUsed, request.body], ["PUT", false, null]);
  assert.equal(await request.text(), "");
  assert.deepEqual([...request.headers], [["x-a", "b"]]);
  const seen: string[] = [];
  request.headers.forEach((value, name) => seen.push(`${name}=${value}`));
  assert.deepEqual(seen, ["x-a=b"]);
  assert.equal(request.signal.aborted, false);
  assert.equal(request.clone().url, "http://walq/a?b=c");
});

test("a method is what was asked, also one that no Request may have", () => {
  // Whether a Request may have the last ones is not the same on all runtimes.
  for (const method of ["GET", "POST", "OPTIONS", "PATCH", "PURGE", "TRACE", "TRACK", "CONNECT"]) {
    const request = asked({ method });
    assert.deepEqual([request.method, request.url], [method, "http://walq/"]);
    assert.equal(request.headers.get("origin"), null);
  }
});
