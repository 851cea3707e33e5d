/**
 * Against a real Prometheus: every sample written is found by a query, with its
 * labels, timestamp and value.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Queue } from "../../mod.ts";
import { anyValue, assertAllFound, type Sent } from "./support/compare.ts";
import { missing } from "./support/installed.ts";
import { Prometheus } from "./support/prometheus.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { untilReached } from "./support/until.ts";
import { RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";
import { ids, tenLabels } from "./support/workload.ts";
import { RequestTemplate } from "./support/write_request.ts";

const SERIES = 50_000;
const AGENT_SERIES = 10_000;
const REQUEST_ROWS = 2_000;
const CONTENT = { contentType: "application/x-protobuf", contentEncoding: "snappy" };

const skip = missing("prometheus");

describe("Prometheus", () => {
  let prometheus: Prometheus;
  before(async () => {
    if (!skip) prometheus = await Prometheus.start();
  });
  after(async () => {
    if (!skip) await prometheus.program.stop();
  });

  async function assertInPrometheus(sent: Sent): Promise<void> {
    const newestMs = sent.timestampsMs.at(-1)!;
    assertAllFound(await prometheus.query(`${sent.name}[5m]`, newestMs), sent);
  }

  it("has all 50,000 series of queue.write", { skip }, async () => {
    const sent = samplesOf("peer_bytes", SERIES);
    await using queue = await openQueue(prometheus);
    for (const body of requestsOf(sent)) {
      const { accepted } = await queue.write(body, CONTENT);
      assert.equal(accepted, REQUEST_ROWS);
    }
    await untilSent(queue, SERIES * sent.timestampsMs.length);
    await assertInPrometheus(sent);
  });

  it("has all 50,000 series of the appender", { skip }, async () => {
    const sent = samplesOf("peer_objects", SERIES);
    await using queue = await openQueue(prometheus);
    const appender = queue.appender();
    for (let first = 0; first < SERIES; first += REQUEST_ROWS) {
      for (const id of ids(first, REQUEST_ROWS)) {
        const [firstMs, ...laterMs] = sent.timestampsMs;
        const labels = Object.fromEntries(tenLabels(sent.name, id));
        const ref = appender.append(labels, firstMs!, sent.valueOf(id, 0));
        for (const [index, timestampMs] of laterMs.entries()) {
          appender.append(ref, timestampMs, sent.valueOf(id, index + 1));
        }
      }
      await appender.commit({ durable: true });
    }
    await untilSent(queue, SERIES * sent.timestampsMs.length);
    await assertInPrometheus(sent);
  });

  it("has what one configuration file forwards under node, deno and bun", { skip }, async () => {
    const directory = scratchDirectory("agent");
    const config = await writeConfig({ directory, url: prometheus.writeUrl });
    for (const runtime of RUNTIMES) {
      const sent = samplesOf(`peer_agent_${runtime}`, AGENT_SERIES);
      const walq = await WalqProgram.start(runtime, config);
      const sender = new Sender(walq.writeUrl);
      for (const body of requestsOf(sent)) {
        const { status, text } = await sender.send(body);
        assert.equal(status, 204, `${runtime}: ${text}`);
      }
      const total = AGENT_SERIES * sent.timestampsMs.length;
      const metric = "prometheus_remote_storage_samples_total";
      await untilReached(`${runtime} sends`, total, () => walq.metric(metric));
      sender.close();
      const exit = await walq.program.stop("SIGTERM");
      assert.equal(exit.code, 0, `${runtime}: ${walq.program.describe()}`);
      await assertInPrometheus(sent);
    }
  });
});

/** Two samples a series, a second apart, of this moment. */
function samplesOf(name: string, rows: number): Sent {
  const nowMs = Date.now();
  const labelsOf = (id: number): ReturnType<typeof tenLabels> => tenLabels(name, id);
  return { name, rows, timestampsMs: [nowMs - 1_000, nowMs], labelsOf, valueOf: anyValue };
}

function* requestsOf({ rows, timestampsMs, labelsOf, valueOf }: Sent): Generator<Uint8Array> {
  for (let first = 0; first < rows; first += REQUEST_ROWS) {
    const template = new RequestTemplate(ids(first, REQUEST_ROWS).map(labelsOf));
    for (const [step, timestampMs] of timestampsMs.entries()) {
      yield template.fill(timestampMs, (row) => valueOf(first + row, step));
    }
  }
}

function openQueue(prometheus: Prometheus): Promise<Queue> {
  return Queue.open({
    dataPath: scratchDirectory("library"),
    endpoints: [{ name: "prometheus", url: prometheus.writeUrl }],
  });
}

async function untilSent(queue: Queue, samples: number): Promise<void> {
  const outcomes = (): { deliveredTotal: number; pendingSignals: number } =>
    queue.stats().endpoints[0]!;
  await untilReached("the queue sends", samples, () => outcomes().deliveredTotal);
  assert.equal(outcomes().deliveredTotal, samples);
  assert.equal(outcomes().pendingSignals, 0);
}
