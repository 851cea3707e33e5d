/** An endpoint that is a stream: what it stores of requests, and what it answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../src/contracts.ts";
import { StreamError } from "../../src/errors.ts";
import { HandOver } from "../../src/jetstream/hand_over.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { resolveStore } from "../../src/options.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import type { ProtobufMessage } from "../../src/types.ts";
import { compress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodeRequest, type Version } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";
import { ALL_KINDS, numbered, samples } from "../tools/support.ts";
import { linesOf, storedSignals, valuesOf } from "./stored_signals.ts";

const kernel = await loadKernel();
const NEVER = new AbortController().signal;
const V2: ProtobufMessage = "io.prometheus.write.v2.Request";

class Rig {
  readonly platform = new MemoryPlatform();
  readonly logger = new MemoryLogger();
  readonly partitions: number;
  client!: HandOver;

  constructor(partitions: number) {
    this.partitions = partitions;
    this.restart();
  }

  /** Another process goes on. */
  restart(): void {
    const stream = resolveStore({ url: "nats://a/metrics", partitions: this.partitions });
    const { platform, logger } = this;
    this.client = new HandOver(stream, { platform, kernel, logger, clientName: "test" });
  }

  get stream() {
    return this.platform.streams.get("metrics")!;
  }

  send(
    request: RequestForm,
    version: Version = "v2",
    signal: AbortSignal = NEVER,
  ): Promise<HttpAnswer> {
    return this.sendBytes(compress(encodeRequest(request, version)), version, signal);
  }

  sendBytes(body: Uint8Array, version: Version, signal: AbortSignal = NEVER): Promise<HttpAnswer> {
    const type = `application/x-protobuf${version === "v2" ? `;proto=${V2}` : ""}`;
    return this.client.exchange({
      url: "nats://a:4222/metrics",
      method: "POST",
      headers: { "content-type": type, "content-encoding": "snappy" },
      body,
      answerBytesMax: 1024,
    }, signal);
  }

  stored() {
    return storedSignals(this.stream.connect());
  }
}

for (const partitions of [1, 3, 256]) {
  test(`all kinds of signals are stored as they are, in ${partitions} partitions`, async () => {
    const rig = new Rig(partitions);
    const answer = await rig.send(ALL_KINDS);
    assert.deepEqual([answer.status, answer.text, answer.note, answer.isBodySent], [
      204,
      "",
      "stored by the stream's quorum",
      true,
    ]);
    const written = (kind: string) => answer.header(`x-prometheus-remote-write-${kind}-written`);
    assert.deepEqual(["samples", "histograms", "exemplars"].map(written), ["6", "1", "1"]);
    const lines = linesOf(await rig.stored());
    assert.equal(lines.length, 8);
    assert.deepEqual(lines.filter((line) => line.startsWith("exemplar")), [
      'exemplar  requests_total{quote="a\\"b\\\\c\\nd"} {trace_id="abc"} 0.25 ' +
      "1796025600005",
    ]);
    assert.match(lines.join("\n"), /requests_total.* 7 \d+ start=\d+$/m);
    assert.match(lines.join("\n"), /^histogram .*latency_seconds/m);
  });
}

test("a series is in one partition, and in its order", async () => {
  const rig = new Rig(8);
  for (let round = 0; round < 4; round++) {
    const series = Array.from(
      { length: 40 },
      (_, at) => samples([["__name__", `s${at}`]], [round], 1e12 + round * 1000),
    );
    assert.equal((await rig.send({ series, metadata: [] }, round % 2 ? "v1" : "v2")).status, 204);
  }
  const all = await rig.stored();
  assert.ok(new Set(all.map(({ subject }) => subject)).size > 4);
  for (let at = 0; at < 40; at++) {
    const own = all.filter(({ signal }) =>
      signal.kind === "sample" && signal.labels["__name__"] === `s${at}`
    );
    assert.equal(new Set(own.map(({ subject }) => subject)).size, 1);
    assert.deepEqual(valuesOf(all, `s${at}`), [0, 1, 2, 3]);
  }
});

test("a request that is sent again, as the answer was lost, is stored once", async () => {
  const rig = new Rig(4);
  assert.equal((await rig.send(numbered(0))).status, 204);
  let faults = 2;
  rig.stream.fault = (step) => step === "publish" && faults-- > 0 ? "lose_answer" : undefined;
  assert.equal((await rig.send(ALL_KINDS)).status, 503);
  assert.equal((await rig.send(ALL_KINDS)).status, 204);
  await rig.client.close();
  rig.restart();
  assert.equal((await rig.send(ALL_KINDS)).status, 204);
  const lines = linesOf(await rig.stored());
  assert.equal(new Set(lines).size, lines.length);
});

test("what may pass is a 503 in words, and nothing of it is held back from the next one", async () => {
  const rig = new Rig(2);
  rig.platform.streams.fault = () => new StreamError("unavailable", "no server answers");
  const unreached = await rig.send(numbered(1));
  assert.equal(unreached.status, 503);
  assert.match(unreached.text, /^Cannot open the stream nats:\/\/a:4222\/metrics: no server/);
  rig.platform.streams.fault = undefined;
  assert.equal((await rig.send(numbered(1))).status, 204);
  rig.stream.fault = (step) => step === "publish" ? "fill" : undefined;
  const full = await rig.send(numbered(2));
  assert.deepEqual([full.status, full.text], [503, "the stream has no room"]);
  rig.stream.fault = (step) => step === "publish" ? "lose" : undefined;
  assert.equal((await rig.send(numbered(2))).status, 503);
  rig.stream.fault = undefined;
  assert.equal((await rig.send(numbered(2))).status, 204);
  assert.equal((await rig.stored()).length, 2);
});

test("what somebody has to mend is refused as who or where", async () => {
  const rig = new Rig(2);
  const { streams } = rig.platform;
  streams.fault = () => new StreamError("denied", "Authorization Violation");
  assert.equal((await rig.send(numbered(1))).status, 401);
  streams.fault = () => new StreamError("refused", "replicas > 1 not supported");
  const notHere = await rig.send(numbered(1));
  assert.deepEqual([notHere.status, /replicas > 1/.test(notHere.text)], [404, true]);
  streams.fault = undefined;
  streams.make({ ...resolveStore({ url: "nats://a/metrics" }) });
  await streams.get("metrics")!.connect().replaceRecord("layout", '{"partitions":9}', undefined);
  const other = await rig.send(numbered(1));
  assert.deepEqual([other.status, /it has 9 partitions/.test(other.text)], [404, true]);
  streams.make({ ...resolveStore({ url: "nats://a/metrics" }) });
  assert.equal((await rig.send(numbered(1))).status, 204);
  rig.stream.fault = (step) => step === "publish" ? "refuse" : undefined;
  assert.equal((await rig.send(numbered(2))).status, 403);
});

test("only what can never be stored is a 400, and nothing of it is stored", async () => {
  const rig = new Rig(2);
  const series = [
    ...numbered(1).series,
    samples([["job", "without a name"]], [1]),
  ];
  for (const version of ["v1", "v2"] as const) {
    const answer = await rig.send({ series, metadata: [] }, version);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /^it cannot be stored: "no label '__name__' in the series at byte/);
    assert.equal(answer.header("x-prometheus-remote-write-samples-written"), undefined);
  }
  const garbage = await rig.sendBytes(compress(Uint8Array.of(10, 200)), "v2");
  assert.equal(garbage.status, 400);
  assert.equal((await rig.sendBytes(Uint8Array.of(9, 9), "v1")).status, 400);
  assert.equal((await rig.stored()).length, 0);
  assert.equal((await rig.send(numbered(1))).status, 204);
  assert.equal((await rig.stored()).length, 1);
});

test("what is over a message goes in pieces, and what is over all pieces is a 413", async () => {
  const rig = new Rig(1);
  const wishes = resolveStore({ url: "nats://a/metrics" });
  rig.platform.streams.make(wishes, { messageBytesMax: 5_000 });
  const requestOf = (count: number): RequestForm => ({
    series: Array.from({ length: count }, (_, at) => {
      const label = Array.from({ length: 50 }, (_, more) => (at * 7919 + more * 104729) % 1e9);
      return samples([["__name__", `long_${at}`], ["v", label.join("")]], [at]);
    }),
    metadata: [],
  });
  assert.equal((await rig.send(requestOf(40))).status, 204);
  assert.equal((await rig.stored()).length, 40);
  assert.ok(rig.stream.messages.length > 2, "it went in one piece");
  const large = await rig.send(requestOf(1_000));
  assert.deepEqual([large.status, /messages of max_payload/.test(large.text)], [413, true]);
  assert.equal((await rig.stored()).length, 40);
});

test("an attempt that is given up rejects with why, and what it has begun ends by itself", async () => {
  const rig = new Rig(2);
  await rig.send(numbered(0));
  const given = new AbortController();
  const sending = rig.send(numbered(1), "v2", given.signal);
  given.abort(new Error("took too long"));
  await assert.rejects(sending, /took too long/);
  await rig.platform.time.settle();
  assert.equal((await rig.send(numbered(1))).status, 204);
  assert.equal((await rig.stored()).length, 2);
});

test("a client that is closed sends nothing, and does not wait for servers that do not answer", async () => {
  const rig = new Rig(2);
  let answer: () => void = () => {};
  const { openStream } = rig.platform;
  const waiting = new Promise<void>((resolve) => answer = resolve);
  const platform = {
    ...rig.platform,
    openStream: async (settings: Parameters<typeof openStream>[0]) => {
      await waiting;
      return await openStream(settings);
    },
  };
  const stream = resolveStore({ url: "nats://a/metrics" });
  const client = new HandOver(stream, { platform, kernel, logger: rig.logger, clientName: "x" });
  const request = {
    url: "nats://a:4222/metrics",
    method: "POST",
    headers: {},
    body: compress(encodeRequest(numbered(1), "v1")),
    answerBytesMax: 1024,
  } as const;
  const sending = client.exchange(request, NEVER);
  await client.close();
  answer();
  assert.deepEqual([(await sending).status, (await sending).text], [503, "the endpoint is closed"]);
  assert.equal((await client.exchange(request, NEVER)).status, 503);
});

test("a stream that somebody has deleted is made again, or what cannot be made is told", async () => {
  const rig = new Rig(2);
  const { streams, time } = rig.platform;
  assert.equal((await rig.send(numbered(1))).status, 204);
  streams.delete("metrics");
  assert.equal((await rig.send(numbered(2))).status, 503);
  await time.settle();
  streams.fault = () => new StreamError("refused", "cannot make the stream metrics");
  assert.equal((await rig.send(numbered(2))).status, 404);
  streams.fault = undefined;
  assert.equal((await rig.send(numbered(2))).status, 204);
  assert.equal((await rig.stored()).length, 1);
});

test("a stream that does not answer for a while stays open", async () => {
  const rig = new Rig(2);
  assert.equal((await rig.send(numbered(1))).status, 204);
  rig.stream.fault = () => "lose";
  for (let time = 0; time < 3; time++) {
    assert.equal((await rig.send(numbered(2))).status, 503);
    await rig.platform.time.settle();
  }
  rig.stream.fault = undefined;
  assert.equal((await rig.send(numbered(2))).status, 204);
  assert.equal(rig.platform.streams.opened.length, 1);
});

test("what is configured otherwise is said once, until it changes, however often it is opened", async () => {
  const rig = new Rig(2);
  const { streams } = rig.platform;
  streams.make({ ...resolveStore({ url: "nats://a/metrics", maxBytes: "1GiB" }) });
  streams.misconfigure("metrics", [
    { stream: "metrics", key: "max_age", got: "1h", wanted: "0", isFatal: true },
  ]);
  for (let time = 0; time < 3; time++) {
    assert.equal((await rig.send(numbered(1))).status, 404);
  }
  assert.equal(rig.logger.lines.length, 1, rig.logger.lines.join("\n"));
  streams.make({ ...resolveStore({ url: "nats://a/metrics", maxBytes: "2GiB" }) });
  assert.equal((await rig.send(numbered(1))).status, 404);
  assert.deepEqual(
    rig.logger.lines.map((line) => /"got":"(\d+)"/.exec(line)?.[1]),
    [String(1024 ** 3), String(2 * 1024 ** 3)],
  );
});
