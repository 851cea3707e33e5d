import assert from "node:assert/strict";
import { test } from "node:test";
import { hiddenSegments, shownUrl } from "../src/shown_url.ts";

const CASES: [string, string][] = [
  ["http://host:9090/api/v1/write", "http://host:9090/api/v1/write"],
  ["https://p.grafana.net/api/prom/push", "https://p.grafana.net/api/prom/push"],
  ["https://[::1]:8428/", "https://[::1]:8428/"],
  ["https://host", "https://host"],
  ["https://host/api/v1/push/SECRET", "https://host/api/v1/push/..."],
  ["https://host/SECRET/api/v1/push", "https://host/.../api/v1/push"],
  ["https://host/insert/42/prometheus/", "https://host/insert/.../prometheus/"],
  ["https://host/push/API", "https://host/push/..."],
  ["https://host/push/%61pi", "https://host/push/..."],
  ["https://host/push?api_key=SECRET", "https://host/push?..."],
  ["https://host/push#SECRET", "https://host/push#..."],
  ["https://u:SECRET@host/push", "https://...@host/push"],
  ["https://host/push/u@SECRET/push", "https://..."],
];

test("of a URL no user, query, fragment or word of the path is shown that could be a secret", () => {
  for (const [url, shown] of CASES) {
    assert.equal(shownUrl(url), shown);
    assert.doesNotMatch(shownUrl(url), /SECRET/);
  }
});

test("what was shown once is shown again as it is", () => {
  for (const [, shown] of CASES) assert.equal(shownUrl(shown), shown);
});

test("a text that is no URL is shown with what is wrong about it, and no more", () => {
  for (
    const [text, shown] of [
      ["", ""],
      ["host/push/SECRET", "host/push/..."],
      ["http//host/push/SECRET", "http//.../push/..."],
      ["https://u:SEC@RET@host/push", "https://...@host/push"],
      ["https://u:SEC?RET@host/push", "https://..."],
      ["https://u:SEC/RET@host/push", "https://..."],
    ] as const
  ) assert.equal(shownUrl(text), shown);
});

test("the segments that are hidden are told, for whoever hides them in other texts", () => {
  assert.deepEqual(hiddenSegments(new URL("https://host/api/v1/SECRET/push/x")), ["SECRET", "x"]);
});
