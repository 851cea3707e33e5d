/** http_sd_configs: what is asked, which answers count, and what stays when none does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import { httpDiscoverer } from "../../src/discovery/http.ts";
import type { HttpDiscovery } from "../../src/options/resolved_scrape.ts";
import { type EndpointScript, makeAnswer } from "../../src/testing/memory.ts";
import { CLIENT, Harness, json } from "./support.ts";

const URL_ = "http://sd.example/targets?key=s3cret-key";

async function started(
  script: EndpointScript,
  more: Partial<HttpDiscovery> = {},
): Promise<Harness> {
  const harness = new Harness(script);
  const options = {
    kind: "http" as const,
    ...CLIENT,
    url: URL_,
    refreshIntervalMs: 60_000,
    ...more,
  };
  await harness.start(httpDiscoverer(options, harness.dependencies));
  return harness;
}

describe("HTTP discovery", () => {
  it("asks as Prometheus asks, and names the groups by URL and place", async () => {
    const asked: HttpRequest[] = [];
    const harness = await started((request) => {
      asked.push(request);
      return json([{ targets: ["a:1"], labels: { env: "x" } }, { targets: ["b:1"] }]);
    }, { refreshIntervalMs: 1_500 });
    const [request] = asked;
    assert.equal(request?.url, URL_);
    assert.equal(request.method, "GET");
    const { accept, "x-prometheus-refresh-interval-seconds": interval } = request.headers;
    assert.deepEqual([accept, interval], ["application/json", "1.5"]);
    assert.deepEqual([...harness.groups.values()], [
      {
        source: `${URL_}:0`,
        targets: [{ __address__: "a:1" }],
        labels: { env: "x", __meta_url: URL_ },
      },
      { source: `${URL_}:1`, targets: [{ __address__: "b:1" }], labels: { __meta_url: URL_ } },
    ]);
    await harness.pass(3_000);
    assert.equal(asked.length, 3);
    await harness.stop();
  });

  it("says who it is", async () => {
    const asked: HttpRequest[] = [];
    const identity = { kind: "basic" as const, username: "me", password: "pw" };
    const harness = await started((request) => {
      asked.push(request);
      return json([]);
    }, { credentials: { identity, secretHeaders: [{ name: "x-scope", values: ["team"] }] } });
    assert.equal(asked[0]?.headers["authorization"], `Basic ${btoa("me:pw")}`);
    assert.equal(asked[0]?.headers["x-scope"], "team");
    await harness.stop();
  });

  it("takes groups away that are no more in the list", async () => {
    let list: unknown = [{ targets: ["a"] }, { targets: ["b"] }];
    const harness = await started(() => json(list));
    assert.deepEqual(harness.addresses, ["a", "b"]);
    list = [{ targets: ["a"] }];
    await harness.pass(60_000);
    assert.deepEqual(harness.addresses, ["a"]);
    list = null;
    await harness.pass(60_000);
    assert.deepEqual(harness.addresses, []);
    await harness.stop();
  });

  const BAD: Readonly<Record<string, EndpointScript>> = {
    "another status": () => makeAnswer(500, "[]", { "content-type": "application/json" }),
    "a success that is not 200": () =>
      makeAnswer(201, "[]", { "content-type": "application/json" }),
    "another content type": () => makeAnswer(200, "[]", { "content-type": "text/html" }),
    "another charset": () =>
      makeAnswer(200, "[]", { "content-type": "application/json; charset=latin1" }),
    "no content type": () => makeAnswer(200, "[]"),
    "what is no JSON": () => makeAnswer(200, "[{", { "content-type": "application/json" }),
    "what is no list": () => json({ targets: ["x"] }),
    "a network error": () => {
      throw new Error(`no route to ${URL_}`);
    },
    "no answer at all": () => new Promise(() => {}),
  };
  for (const [what, bad] of Object.entries(BAD)) {
    it(`keeps the last list on ${what}`, async () => {
      let script: EndpointScript = () => json([{ targets: ["a"] }]);
      const harness = await started((request, signal) => script(request, signal));
      script = bad;
      await harness.pass(60_000);
      // Nobody waits for an answer longer than until the next question.
      await harness.pass(60_000);
      assert.deepEqual(harness.addresses, ["a"]);
      const { counters, refreshFailures } = harness.stats.snapshot();
      assert.ok(counters.http_failures >= 1);
      assert.equal(refreshFailures.http, counters.http_failures);
      assert.doesNotMatch(JSON.stringify(harness.logger.lines), /s3cret/);
      script = () => json([{ targets: ["b"] }]);
      await harness.pass(120_000);
      assert.deepEqual(harness.addresses, ["b"]);
      await harness.stop();
    });
  }

  it("takes a content type with a charset, in any letters", async () => {
    for (const type of ["application/json; charset=utf-8", 'Application/JSON;charset="utf-8" ']) {
      const harness = await started(() => json([{ targets: ["a"] }], { "content-type": type }));
      assert.deepEqual(harness.addresses, ["a"], type);
      await harness.stop();
    }
  });
});
