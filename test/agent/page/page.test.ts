/** The page over HTTP: its files, its headers, and who may ask. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../../src/agent/app.ts";
import { PAGE_HEADERS } from "../../../src/agent/page/headers.ts";
import { CLIENTS_MAX } from "../../../src/agent/page/hub.ts";
import { RULES_BYTES_MAX } from "../../../src/agent/page/rules_text.ts";
import type { TriedRules } from "../../../src/agent/page/protocol.ts";
import { MemoryPlatform } from "../../../src/testing/memory.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";
import { parse } from "../parse_config.ts";
import { ask, FakeQueue, makeApp } from "../support.ts";

const CONFIG = `
queue: {data_path: /data}
remote_write:
- name: one
  url: https://one.example/push
  write_relabel_configs: [{source_labels: [__name__], regex: go_.*, action: drop}]
`;

async function appOf(server: Parameters<typeof makeApp>[0]["server"] = {}): Promise<App> {
  const platform = new MemoryPlatform();
  const app = makeApp({ logger: new MemoryLogger(), platform, pageHost: platform, server });
  app.config = await parse(CONFIG);
  const queue = Object.assign(new FakeQueue(), {
    sampleSeries: () => ({
      series: [
        { labels: [["__name__", "go_a"]] as const, samples: 3 },
        { labels: [["__name__", "b"]] as const, samples: 1 },
      ],
      samples: 4,
      batches: 1,
      isFull: false,
    }),
    endSample: () => {},
  });
  app.open(queue, 1_000);
  return app;
}

function get(app: App, path: string, headers: HeadersInit = {}, method = "GET"): Promise<Response> {
  return ask(app.handler, new Request(`http://127.0.0.1:9099${path}`, { method, headers }));
}

async function unzipped(answer: Response): Promise<string> {
  const stream = answer.body!.pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

test("the page is three files, whose addresses are from where it is", async () => {
  const app = await appOf();
  const page = await get(app, "/");
  const html = await page.text();
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  const addresses = Array.from(html.matchAll(/ (?:src|href)="([^"]*)"/g), ([, one]) => one!);
  const own = addresses.filter((one) => one.startsWith("page/"));
  assert.equal(own.length, 2);
  assert.ok(addresses.every((one) => /^(?:page\/|#main$|data:,$|api\/|metrics$)/.test(one)), html);
  for (const path of own) {
    const file = await get(app, `/${path}`);
    assert.equal(file.status, 200);
    assert.match(file.headers.get("cache-control")!, /immutable/);
    assert.match(await file.text(), /Leon Sorokin/, "the licence goes with the code");
  }
});

test("every answer of the page tells browsers what they may not do", async () => {
  const app = await appOf();
  for (const path of ["/", "/page/app.js", "/page/style.css", "/page/events"]) {
    const answer = await get(app, path, {}, path === "/page/events" ? "HEAD" : "GET");
    for (const [name, value] of Object.entries(PAGE_HEADERS)) {
      assert.equal(answer.headers.get(name), value, path);
    }
  }
  const policy = PAGE_HEADERS["content-security-policy"]!;
  assert.match(policy, /^default-src 'none'; /);
  assert.ok(!/unsafe|\*|https?:/.test(policy), policy);
});

test("a file comes under gzip where that is asked for, and not again if it is known", async () => {
  const app = await appOf();
  const plain = await get(app, "/page/app.js");
  const zipped = await get(app, "/page/app.js", { "accept-encoding": "br, gzip;q=0.5" });
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  assert.equal(zipped.headers.get("vary"), "accept-encoding");
  assert.equal(await unzipped(zipped), await plain.text());
  for (const accepted of ["br", "gzip;q=0", "identity", "x-gzip"]) {
    const answer = await get(app, "/", { "accept-encoding": accepted });
    assert.equal(answer.headers.get("content-encoding"), null, accepted);
  }
  const etag = plain.headers.get("etag")!;
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
    const answer = await get(app, "/page/app.js", { "if-none-match": known });
    assert.deepEqual([answer.status, await answer.text()], [304, ""]);
  }
  const other = { "if-none-match": etag, "accept-encoding": "gzip" };
  assert.equal((await get(app, "/page/app.js", other)).status, 200, "each coding is another file");
});

test("under a prefix the page is where the slash is", async () => {
  const app = await appOf({ routePrefix: "/a/walq" });
  const moved = await get(app, "/a/walq");
  assert.deepEqual([moved.status, moved.headers.get("location")], [307, "walq/"]);
  assert.equal((await get(app, "/a/walq/")).status, 200);
  assert.equal((await get(app, "/a/walq/page/app.js")).status, 200);
  assert.equal((await get(app, "/")).status, 404);
});

test("without the option there is no page, and its events are not", async () => {
  const app = makeApp({ logger: new MemoryLogger() });
  app.open(new FakeQueue(), 1_000);
  for (const path of ["/", "/page/app.js", "/page/events"]) {
    assert.equal((await get(app, path)).status, 404);
  }
});

test("pages of others get no events, and there are so many places", async () => {
  const app = await appOf();
  for (const site of ["cross-site", "same-site"]) {
    assert.equal((await get(app, "/page/events", { "sec-fetch-site": site })).status, 403);
  }
  const streams: Response[] = [];
  for (let at = 0; at < CLIENTS_MAX; at++) {
    streams.push(await get(app, "/page/events", { "sec-fetch-site": "same-origin" }));
    assert.equal(streams[at]!.headers.get("content-type"), "text/event-stream; charset=utf-8");
  }
  const full = await get(app, "/page/events");
  assert.deepEqual([full.status, full.headers.get("retry-after")], [503, "10"]);
  assert.equal((await get(app, "/page/events", {}, "HEAD")).status, 200, "it takes no place");
  await streams[0]!.body!.cancel();
  const another = await get(app, "/page/events");
  assert.equal(another.status, 200);
  app.close();
  assert.match(await another.text(), /^event: queue\n/, "the stream ends with the program");
});

async function tried(
  app: App,
  body: string,
  params = "?endpoint=one",
): Promise<[number, TriedRules]> {
  const request = new Request(`http://127.0.0.1:9099/page/try-rules${params}`, {
    method: "POST",
    body,
  });
  const answer = await ask(app.handler, request);
  return [answer.status, (await answer.json() as { data: TriedRules }).data];
}

test("rules of an endpoint are shown, and tried on what comes in", async () => {
  const app = await appOf();
  const answer = await get(app, "/page/rules?endpoint=one");
  const { data: { yaml } } = await answer.json() as { data: { yaml: string } };
  assert.match(yaml, /regex: go_\.\*/);
  assert.equal((await tried(app, yaml))[1].series, 0, "nobody has looked yet");
  const begun = await ask(
    app.handler,
    new Request("http://127.0.0.1:9099/page/sample", { method: "POST" }),
  );
  assert.deepEqual((await begun.json() as { data: { series: number } }).data.series, 2);
  const [status, { series, dropped, droppedSamples, samples }] = await tried(app, yaml);
  assert.deepEqual([status, series, dropped, droppedSamples, samples], [200, 2, 1, 3, 4]);
  assert.equal((await tried(app, "- regex: ("))[1].problems.length, 1);
  assert.equal((await tried(app, yaml, "?endpoint=nobody"))[0], 404);
  assert.equal((await get(app, "/page/rules?endpoint=nobody")).status, 404);
  assert.equal((await tried(app, "#".repeat(RULES_BYTES_MAX + 1)))[0], 413);
  assert.equal((await tried(app, "#".repeat(RULES_BYTES_MAX)))[0], 200);
  app.close();
});

test("a page of somebody else's cannot try rules, and bytes that are no text are none", async () => {
  const app = await appOf();
  const foreign = new Request("http://127.0.0.1:9099/page/try-rules?endpoint=one", {
    method: "POST",
    body: "",
    headers: { origin: "https://evil.example" },
  });
  assert.equal((await ask(app.handler, foreign)).status, 403);
  const bytes = new Request("http://127.0.0.1:9099/page/try-rules?endpoint=one", {
    method: "POST",
    body: new Uint8Array([0xff, 0xfe]),
  });
  assert.equal((await ask(app.handler, bytes)).status, 400);
});

test("paths of the page are asked by their methods alone", async () => {
  const app = await appOf();
  for (const path of ["/page/app.js", "/page/events", "/page/rules"]) {
    const answer = await get(app, path, {}, "PUT");
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"]);
  }
  assert.equal((await get(app, "/page/sample")).status, 405);
  assert.equal((await get(app, "/page/other")).status, 404);
});
