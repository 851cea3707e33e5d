/** OTLP to the program: who may, what the block `otlp` of the file says, and when it is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOtlp } from "../../src/otlp/settings.ts";
import { Rig } from "../queue/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodeOtlp, jsonOtlp, nano, requestOf } from "../support/otlp.ts";
import { parse } from "./parse_config.ts";
import { ask, makeApp } from "./support.ts";

const PATHS = ["/api/v1/otlp/v1/metrics", "/v1/metrics"];
const ENDPOINT = "remote_write:\n  - url: http://host/api/v1/push\n";

function post(
  rig: Rig,
  path: string,
  headers: Record<string, string> = {},
  host = "127.0.0.1",
): Request {
  const point = { timeUnixNano: nano(rig.nowMs()), asInt: "1" };
  const request = requestOf([{ name: "a.b", gauge: { dataPoints: [point] } }]);
  const body = encodeOtlp(request) as BodyInit;
  const all = { "content-type": "application/x-protobuf", host, ...headers };
  return new Request(`http://${host}${path}`, { method: "POST", headers: all, body });
}

for (const path of PATHS) {
  test(`${path}: of a page of others, of a foreign name, and before the queue is open`, async () => {
    const rig = await new Rig().open();
    const app = makeApp({ logger: new MemoryLogger(), platform: rig.platform });
    assert.equal((await ask(app.handler, post(rig, path))).status, 503);
    app.open(rig.queue, 1_000_000);
    const foreignPage = await ask(app.handler, post(rig, path, { origin: "https://evil.example" }));
    assert.equal(foreignPage.status, 403);
    const foreign = await ask(app.handler, post(rig, path, {}, "evil.example"));
    assert.deepEqual([foreign.status, foreign.headers.get("retry-after")], [503, "60"]);
    assert.equal((await rig.wait(ask(app.handler, post(rig, path)))).status, 200);
    // A reload may change how series are named.
    app.otlp = resolveOtlp({ translationStrategy: "NoTranslation" });
    assert.equal((await rig.wait(ask(app.handler, post(rig, path)))).status, 200);
    const delta = { aggregationTemporality: 1, dataPoints: [{ asInt: "1" }] };
    const refused = jsonOtlp(requestOf([{ name: "d", sum: delta }]));
    const headers = { "content-type": "application/json", host: "127.0.0.1" };
    const init = { method: "POST", headers, body: refused as BodyInit };
    const url = `http://127.0.0.1${path}`;
    assert.equal((await rig.wait(ask(app.handler, new Request(url, init)))).status, 200);
    const { text: page } = await app.exposition.page();
    assert.match(page, /^walq_otlp_points_total 3$/m);
    assert.match(page, /^walq_otlp_refused_points_total 1$/m);
    await rig.drain();
    assert.deepEqual(rig.one.valuesOf("__name__=a_b"), [1]);
    assert.deepEqual(rig.one.valuesOf("__name__=a.b"), [1]);
  });

  test(`${path} is not there where OTLP is not to be received`, async () => {
    const rig = await new Rig().open();
    const server = { receivesOtlp: false };
    const app = makeApp({ logger: new MemoryLogger(), platform: rig.platform, server });
    app.open(rig.queue, 1_000_000);
    const answer = await ask(app.handler, post(rig, path));
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /--web\.enable-otlp-receiver/);
  });
}

test("the block of the file is what series are made by", async () => {
  const { otlp, remarks, server } = await parse(`otlp:
  translation_strategy: NoUTF8EscapingWithSuffixes
  promote_all_resource_attributes: yes
  ignore_resource_attributes: [" a "]
  keep_identifying_resource_attributes: true
  convert_histograms_to_nhcb: true
  promote_scope_metadata: true
  label_name_underscore_sanitization: false
  label_name_preserve_multiple_underscores: false
${ENDPOINT}`);
  const { isPromoted, ...plain } = otlp;
  assert.deepEqual(plain, {
    escapes: false,
    suffixes: true,
    keepsIdentifying: true,
    toCustomBuckets: true,
    promotesScope: true,
    prefixesUnderscore: false,
    keepsUnderscores: false,
    labelsTypeAndUnit: false,
    deltas: "refuse",
    deltaBounds: { staleMsMax: 300_000, streamsMax: 100_000 },
  });
  assert.deepEqual(["a", "b"].map(isPromoted), [false, true]);
  assert.deepEqual(remarks.filter(({ key }) => key.startsWith("otlp")), []);
  assert.equal(server.receivesOtlp, true);
  for (const empty of ["otlp:", "otlp: {}", "otlp: { promote_resource_attributes: ~ }", ""]) {
    const { otlp: { isPromoted, ...defaults } } = await parse(`${empty}\n${ENDPOINT}`);
    const { isPromoted: _, ...wanted } = resolveOtlp();
    assert.deepEqual(defaults, wanted);
    assert.equal(isPromoted("a"), false);
  }
});

test("the block of the server says what becomes of deltas", async () => {
  const { otlp } = await parse(`server:
  otlp_type_and_unit_labels: true
  otlp_deltas: cumulative
  otlp_delta_max_stale: 1m
  otlp_delta_max_streams: 7
${ENDPOINT}`);
  assert.equal(otlp.labelsTypeAndUnit, true);
  assert.equal(otlp.deltas, "cumulative");
  assert.deepEqual(otlp.deltaBounds, { staleMsMax: 60_000, streamsMax: 7 });
  await assert.rejects(parse(`server: { otlp_deltas: maybe }\n${ENDPOINT}`), /"native"/);
});
