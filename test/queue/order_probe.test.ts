import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { OrderProbe, probeLabels } from "../../src/pipeline/order_probe.ts";
import { sampleRequest } from "../../src/pipeline/probe_request.ts";
import { makeAnswer, ScriptedHttpClient, VirtualClock } from "../../src/testing/memory.ts";
import type { ProtobufMessage } from "../../src/types.ts";
import { fixedCredential } from "../support/fixed_credential.ts";
import { uncompress } from "../support/hysnappy.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { bitsOf } from "../support/remote_write_v1.ts";

const V2: ProtobufMessage = "io.prometheus.write.v2.Request";
const WRITTEN = { "x-prometheus-remote-write-samples-written": "1" };

for (const [version, message] of [["v1", "prometheus.WriteRequest"], ["v2", V2]] as const) {
  test(`a request of one sample is one of ${version}, its labels in order`, () => {
    const labels = { __name__: "a", zone: "é", cluster: "x".repeat(300) };
    const { series } = decodeRequest(
      uncompress(sampleRequest(labels, 1_700_000_000_123, message)),
      version,
    );
    assert.equal(series.length, 1);
    const names = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1);
    assert.deepEqual(series[0]!.labels, names);
    const [signal] = series[0]!.signals;
    assert.ok(signal?.kind === "sample");
    assert.deepEqual([signal.timestampMs, signal.bits], [1_700_000_000_123n, bitsOf(1)]);
  });
}

async function ask(
  answer: (request: HttpRequest, number: number) => HttpAnswer,
  protobufMessage: ProtobufMessage = "prometheus.WriteRequest",
) {
  let number = 0;
  const probe = new OrderProbe({
    clock: new VirtualClock(),
    http: new ScriptedHttpClient((request) => Promise.resolve(answer(request, number++))),
    credential: fixedCredential("Bearer secret"),
    send: { url: "http://one/write", headers: {}, writeTimeoutMs: 1000, onRefused: "hold" },
    protobufMessage,
    labels: probeLabels("/data", "one"),
  });
  return { result: await probe.ask(1e12, 60_000, new AbortController().signal), number };
}

test("what an endpoint makes of the two samples", async () => {
  const at = (status: number, text = "") => makeAnswer(status, text);
  const late = (status: number, text = "") => (_: HttpRequest, number: number) =>
    number === 0 ? at(204) : at(status, text);
  assert.equal((await ask(() => at(204))).result.kind, "allowed");
  assert.equal((await ask(late(400, "out of order sample"))).result.kind, "refused");
  assert.equal((await ask(late(409))).result.kind, "refused");
  assert.equal((await ask(late(422, "no"))).result.kind, "refused");
  assert.equal((await ask(late(500, "too old sample"))).result.kind, "refused");
  assert.equal((await ask(late(500, "later"))).result.kind, "unknown");
  assert.equal((await ask(late(429))).result.kind, "unknown");
  assert.equal((await ask(late(401))).result.kind, "unknown");
  // Where the first one is not taken the second one says nothing.
  const first = await ask(() => at(400, "series limit"));
  assert.deepEqual([first.result.kind, first.number], ["refused", 1]);
});

test("remote write 2.0 says what was written", async () => {
  const written = (samples: string) => () =>
    makeAnswer(204, "", { "x-prometheus-remote-write-samples-written": samples });
  assert.equal((await ask(() => makeAnswer(204, "", WRITTEN), V2)).result.kind, "allowed");
  assert.equal((await ask(written("0"), V2)).result.kind, "refused");
});

test("the series of two data paths, and of two endpoints, are not the same", () => {
  assert.notDeepEqual(probeLabels("/a", "one"), probeLabels("/b", "one"));
  assert.notDeepEqual(probeLabels("/a", "one"), probeLabels("/a", "two"));
  assert.ok(!JSON.stringify(probeLabels("/secret", "one")).includes("secret"));
});
