import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import type { Kernel } from "../../src/contracts.ts";
import type { QueueOptions } from "../../src/options.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { dated } from "../support/dated.ts";
import { EndpointDouble } from "../support/endpoint_double.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodePlainRequest, encodeRequest, wireSeries } from "../support/remote_write_v1.ts";

export const CONTENT = { contentType: "application/x-protobuf", contentEncoding: "snappy" };

/** Names of series of the first and of the second of two shards. */
export function seriesOfShards(kernel: Kernel): string[] {
  const writer = kernel.createWriter();
  const nameOf = (shard: number): string => {
    for (let at = 0;; at++) {
      const name = `s${at}`;
      writer.addRequest(encodePlainRequest([wireSeries({ __name__: name }, 1e12, 1)]), {
        message: "prometheus.WriteRequest",
        compression: "none",
        uncompressedBytesMax: 1e6,
        cutoffMs: 0,
        latestMs: Infinity,
      });
      const reader = kernel.createReader({
        shards: 2,
        requestSignalsMax: 10,
        externalLabels: {},
        uncompressedBytesMax: 1e6,
        message: "prometheus.WriteRequest",
        sends: { histograms: true, exemplars: true, metadata: true },
        metadataCacheSize: 0,
      });
      reader.load(writer.encode());
      reader.route(0);
      if (reader.openSignals(shard) === 1) return name;
    }
  };
  return [nameOf(0), nameOf(1)];
}

/** A queue on a host in memory, with endpoints that are doubles, by host name. */
export class Rig {
  platform: MemoryPlatform = new MemoryPlatform();
  readonly logger: MemoryLogger = new MemoryLogger();
  readonly endpoints: Record<string, EndpointDouble> = {};
  /** By how much the clock of an endpoint is off. */
  readonly datesOff: Map<string, number> = new Map();
  readonly options: QueueOptions;
  queue!: Queue;

  constructor(options: Partial<QueueOptions> = {}, names: readonly string[] = ["one"]) {
    for (const name of names) this.endpoints[name] = new EndpointDouble();
    const endpoints = names.map((name) => ({ name, url: `http://${name}/write` }));
    this.options = { dataPath: "/data", endpoints, ...options };
    this.platform.http.script = async (request) => {
      const { hostname } = new URL(request.url);
      const answer = await this.endpoints[hostname]!.script(request);
      return dated(answer, this.platform.time.trueMs() + (this.datesOff.get(hostname) ?? 0));
    };
  }

  get one(): EndpointDouble {
    return this.endpoints["one"]!;
  }

  async open(options: QueueOptions = this.options): Promise<this> {
    this.queue = await Queue.open(options, { platform: this.platform, logger: this.logger });
    // What was found is counted in the background.
    await this.platform.time.settle();
    return this;
  }

  /** Pulls the plug: what was not synced is gone, and the queue of before never does anything again. */
  async crash(options: QueueOptions = this.options): Promise<void> {
    this.platform = this.platform.crash("worst");
    await this.open(options);
  }

  /** Waits, in the queue's time, for a promise. */
  async wait<T>(promise: Promise<T>, msMax: number = 60_000): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => isSettled = true);
    settled.catch(() => {});
    assert.ok(await this.platform.time.advanceUntil(() => isSettled, msMax), "it still waits");
    return await settled;
  }

  /** Lets time pass until nothing is pending; fails when that takes too long. */
  async drain(msMax: number = 600_000): Promise<void> {
    const isDrained = (): boolean => this.pending() === 0;
    assert.ok(await this.platform.time.advanceUntil(isDrained, msMax), `${this.pending()} pending`);
  }

  pending(): number {
    return this.queue.stats().endpoints.reduce(
      (sum, { pendingSignals, uncountedBatches }) => sum + pendingSignals + uncountedBatches,
      0,
    );
  }

  /** Commits one durable sample. */
  async put(series: string, value: number, timestampMs: number = this.nowMs()): Promise<void> {
    const body = encodeRequest([wireSeries({ __name__: series }, timestampMs, value)]);
    await this.wait(this.queue.write(body, CONTENT));
  }

  nowMs(): number {
    return this.platform.time.nowMs();
  }

  /** P2: at every moment accepted = delivered + dropped + pending. */
  checkSum(): void {
    for (const one of this.queue.stats().endpoints) {
      const dropped = Object.values(one.droppedTotal).reduce((sum, count) => sum + count, 0);
      const sum = one.deliveredTotal + dropped + one.pendingSignals;
      assert.equal(one.acceptedTotal, sum, `${one.name}: ${JSON.stringify(one)}`);
    }
  }

  async files(endpoint: string = "one"): Promise<string[]> {
    const entries = await listDirectory(this.platform.files, `/data/${endpoint}/wal`);
    return entries.map(({ name }) => name).sort();
  }
}
