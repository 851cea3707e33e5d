/** A receiver over a queue: no success for what is not kept, and one odd timestamp spoils no gauge. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { App } from "../../src/agent/app.ts";
import type { QueueOptions } from "../../src/options.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { EndpointDouble } from "../support/endpoint_double.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { ask, makeApp } from "./support.ts";
import { parseText } from "./text_format.ts";

const NOW_MS = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;
const V1 = "application/x-protobuf";
const V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
const HIGHEST = "prometheus_remote_storage_highest_timestamp_in_seconds";
const HIGHEST_SENT = "prometheus_remote_storage_queue_highest_sent_timestamp_seconds";

/** Requests as they came, in snappy. */
const CASES = {
  /** 2.0: `old_total` and `old2`, two samples of September 2020. */
  year2020:
    "Y3AiACIIX19uYW1lX18iCW9sZF90b3RhbCIKb2xkMgkMJCoeCgIBAhIQCQAFAUTwPxCAgLq7yC4qBggBGAAgACoBIAADFSAEAEA6IAA=",
  /** 1.0: `temp_celsius`, at 1795000000. */
  seconds: "LbAKKwoYCghfX25hbWVfXxIMdGVtcF9jZWxzaXVzEg8JAAAAAACANUAQwI321wY=",
  /** 1.0: `case_total`, at 1795000000000000000. */
  nanoseconds: "L3QKLQoWCghfX25hbWVfXxIKY2FzZV90b3RhbBITCQAFASzwPxCAgM7e1d/H9Bg=",
} as const;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly written: (string | null)[];
}

class Receiver {
  readonly platform = new MemoryPlatform({ startMs: NOW_MS });
  readonly endpoint = new EndpointDouble();
  readonly #app: App;
  queue!: Queue;

  constructor() {
    this.platform.http.script = (request) => this.endpoint.script(request);
    this.#app = makeApp({ platform: this.platform, logger: new MemoryLogger() });
  }

  async open(options: Partial<QueueOptions> = {}): Promise<this> {
    const endpoints = [{ name: "one", url: "http://one/write" }];
    this.queue = await Queue.open({ dataPath: "/data", endpoints, ...options }, {
      platform: this.platform,
    });
    this.#app.open(this.queue, 1_000_000);
    return this;
  }

  async push(body: Uint8Array, type: string = V1): Promise<Answer> {
    const answering = ask(
      this.#app.handler,
      new Request("http://127.0.0.1:9099/api/v1/write", {
        method: "POST",
        headers: { "content-type": type, "content-encoding": "snappy" },
        body: body as Uint8Array<ArrayBuffer>,
      }),
    );
    const answer = await this.#wait(answering);
    const written = ["samples", "histograms", "exemplars"].map((kind) =>
      answer.headers.get(`x-prometheus-remote-write-${kind}-written`)
    );
    return { status: answer.status, text: await answer.text(), written };
  }

  async #wait<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => isSettled = true);
    assert.ok(await this.platform.time.advanceUntil(() => isSettled, 60_000), "it still waits");
    return await settled;
  }

  async drain(): Promise<void> {
    const isDrained = (): boolean =>
      this.queue.stats().endpoints.every(({ pendingSignals }) => pendingSignals === 0);
    assert.ok(await this.platform.time.advanceUntil(isDrained, 600_000), "still pending");
  }

  /** How far a gauge is ahead of the clock, in seconds. */
  async ahead(gauge: string): Promise<number> {
    const answer = await ask(this.#app.handler, new Request("http://127.0.0.1:9099/metrics"));
    const [line] = parseText(await answer.text()).get(gauge)!.samples;
    return line!.value - this.platform.time.nowMs() / 1000;
  }
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

function sample(name: string, timestampMs: number): ReturnType<typeof wireSeries> {
  return wireSeries({ __name__: name }, timestampMs, 1);
}

test("2.0: samples of 2020 get 400 with the count, the reason and the first, and nothing is written", async () => {
  const receiver = await new Receiver().open();
  const answer = await receiver.push(bytesOf(CASES.year2020), V2);
  assert.equal(answer.status, 400);
  assert.match(
    answer.text,
    /^2 signals were refused and 0 accepted: 2 for ttl: metric "old_total": timestamp 1600000000000 \(2020-\S+\) is before \d+ \(2026-\S+\)\n$/,
  );
  assert.deepEqual(answer.written, ["0", "0", "0"]);
  assert.equal(receiver.queue.stats().refused.ttl, 2);
  await receiver.queue.close();
});

test("1.0: a timestamp in seconds is told as that", async () => {
  const receiver = await new Receiver().open({ ttl: "3650d" });
  const answer = await receiver.push(bytesOf(CASES.seconds));
  assert.equal(answer.status, 400);
  assert.equal(
    answer.text,
    "1 signal was refused and 0 accepted: 1 for ttl: " +
      'metric "temp_celsius": timestamp 1795000000 looks like seconds, expected milliseconds\n',
  );
  await receiver.queue.close();
});

test("what is good in such a request is kept and durable, and sent", async () => {
  const receiver = await new Receiver().open();
  const nowMs = receiver.platform.time.nowMs();
  const answer = await receiver.push(
    encodeRequest([
      sample("good", nowMs),
      sample("old", nowMs - 72 * HOUR_MS),
      sample("better", nowMs),
    ]),
  );
  assert.equal(answer.status, 400);
  assert.match(answer.text, /^1 signal was refused and 2 accepted: 1 for ttl: metric "old"/);
  assert.equal(receiver.queue.stats().endpoints[0]!.acceptedTotal, 2);
  await receiver.drain();
  assert.deepEqual(receiver.endpoint.valuesOf("__name__=good"), [1]);
  assert.deepEqual(receiver.endpoint.valuesOf("__name__=better"), [1]);
  await receiver.queue.close();
});

test("what the file's format cannot carry gets 400, and its sample is kept", async () => {
  const receiver = await new Receiver().open({ persistence: { format: "alloy.metrics.queue.v1" } });
  const nowMs = receiver.platform.time.nowMs();
  const exemplar = { labels: [], valueBits: 0n, timestampMs: BigInt(nowMs) };
  const answer = await receiver.push(
    encodeRequest([{ ...sample("up", nowMs), exemplars: [exemplar] }]),
  );
  assert.equal(answer.status, 400);
  assert.equal(
    answer.text,
    "1 signal was refused and 1 accepted: 1 for unsupported: " +
      `metric "up": an exemplar with timestamp ${nowMs}\n`,
  );
  await receiver.queue.close();
});

test("a timestamp in nanoseconds is told as that, and no gauge sees it", async () => {
  const receiver = await new Receiver().open({ ttl: "3650d" });
  const answer = await receiver.push(bytesOf(CASES.nanoseconds));
  assert.equal(answer.status, 400);
  assert.match(
    answer.text,
    /^1 signal was refused and 0 accepted: 1 for invalid: metric "case_total": timestamp 1795000000000000000 looks like nanoseconds, expected milliseconds/,
  );
  await receiver.drain();
  assert.ok(await receiver.ahead(HIGHEST) <= 600);
  assert.ok(await receiver.ahead(HIGHEST_SENT) <= 600);
  await receiver.queue.close();
});

test("a sample of next year is data: it is sent, and the gauges stay near now, also after a restart", async () => {
  const receiver = await new Receiver().open();
  const nextYearMs = receiver.platform.time.nowMs() + 365 * 24 * HOUR_MS;
  receiver.endpoint.answer = () => Promise.reject(new Error("down"));
  const answer = await receiver.push(encodeRequest([sample("future", nextYearMs)]));
  assert.equal(answer.status, 204);
  assert.ok(await receiver.ahead(HIGHEST) <= 600);
  await receiver.queue.close();
  receiver.endpoint.answer = new EndpointDouble().answer;
  await receiver.open();
  await receiver.drain();
  assert.deepEqual(receiver.endpoint.valuesOf("__name__=future"), [1]);
  assert.ok(await receiver.ahead(HIGHEST_SENT) <= 600);
  assert.ok(await receiver.ahead(HIGHEST_SENT) > 0);
  // And the documented alert, "what arrives is old", can fire again.
  await receiver.platform.time.advance(2 * HOUR_MS);
  const lateMs = receiver.platform.time.nowMs() - HOUR_MS;
  await receiver.push(encodeRequest([sample("late", lateMs)]));
  await receiver.drain();
  assert.equal(await receiver.ahead(HIGHEST_SENT) < -3000, true);
  await receiver.queue.close();
});
