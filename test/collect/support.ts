import assert from "node:assert/strict";
import type { HttpRequest } from "../../src/contracts.ts";
import type { QueueOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { uncompress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { MetadataForm, Signal } from "../support/signals.ts";

/** The bits of a stale marker. */
const STALE = 0x7ff0_0000_0000_0002n;

/** A queue on a host in memory, and what its endpoint got. */
export class CollectRig {
  readonly platform: MemoryPlatform = new MemoryPlatform();
  readonly logger: MemoryLogger = new MemoryLogger();
  /** By series, as `name{label="value"}`: what came, in order. */
  readonly signals: Map<string, Signal[]> = new Map();
  readonly metadata: MetadataForm[] = [];
  queue!: Queue;

  async open(options: Partial<QueueOptions> = {}): Promise<this> {
    this.platform.http.script = (request) => this.#take(request);
    const endpoints = [{ name: "one", url: "http://one/", metadataCacheEnabled: false }];
    const dependencies = { platform: this.platform, logger: this.logger };
    this.queue = await Queue.open({ dataPath: "/data", endpoints, ...options }, dependencies);
    await this.platform.time.settle();
    return this;
  }

  /** Lets time pass until the promise has settled. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    promise.catch(() => {}).finally(() => isSettled = true);
    const hasEnded = await this.platform.time.advanceUntil(() => isSettled, 60_000);
    assert.ok(hasEnded, "it still waits");
    return await promise;
  }

  /** All that was committed is sent. */
  async close(): Promise<void> {
    await this.wait(this.queue.close({ graceMs: 30_000 }));
  }

  /** What came of one series: values with the seconds since the start, "stale" for a stale marker. */
  samples(series: string, sinceMs: number = Date.UTC(2025, 0, 1)): string[] {
    return this.signalsOf(series).map((signal) => {
      const at = `@${(Number(signal.timestampMs) - sinceMs) / 1000}`;
      if (signal.kind === "histogram") return `histogram${at}`;
      return `${signal.bits === STALE ? "stale" : numberOf(signal.bits)}${at}`;
    });
  }

  /** What came of one series. */
  signalsOf(series: string): readonly Signal[] {
    const signals = this.signals.get(series);
    assert.ok(signals, `${series} is not among ${[...this.signals.keys()].join(" ")}`);
    return signals;
  }

  #take({ body }: HttpRequest): ReturnType<typeof makeAnswer> {
    const { series, metadata } = decodeRequest(uncompress(body!), "v1");
    for (const { labels, signals } of series) {
      const name = labels.find(([label]) => label === "__name__")?.[1];
      const rest = labels.filter(([label]) => label !== "__name__");
      const key = `${name}{${rest.map(([label, value]) => `${label}=${value}`).join(",")}}`;
      this.signals.set(key, [...this.signals.get(key) ?? [], ...signals]);
    }
    this.metadata.push(...metadata);
    return makeAnswer(204);
  }
}

/** A double from its bits. */
export function numberOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
