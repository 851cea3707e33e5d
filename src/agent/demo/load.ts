import type { App } from "../app.ts";
import type { AgentHost } from "../host.ts";
import type { QueueLike } from "../queue_like.ts";
import { snappyLiteral } from "./snappy.ts";
import { type DemoSample, encodeWriteRequest } from "./wire.ts";

/** A series each, once a second. */
const APPENDED_SERIES = 200;
const POSTED_SERIES = 100;

/** Puts metrics in by both ways: objects through the appender, bytes over HTTP. */
export class DemoLoad {
  readonly #host: AgentHost;
  readonly #queue: QueueLike;
  readonly #app: App;
  readonly #url: string;
  #samples = 0;

  constructor(of: { host: AgentHost; queue: QueueLike; app: App; url: string }) {
    this.#host = of.host;
    this.#queue = of.queue;
    this.#app = of.app;
    this.#url = of.url;
  }

  /** Samples that were acknowledged as durable. */
  get samples(): number {
    return this.#samples;
  }

  /** One second's worth. */
  async tick(): Promise<void> {
    await Promise.all([this.#append(), this.#post()]);
  }

  async #append(): Promise<void> {
    const appender = this.#queue.appender();
    const own = this.#app.exposition.samples().filter(({ value }) => Number.isFinite(value));
    const nowMs = this.#host.platform.clock.nowMs();
    for (const { name, labels, value } of own) {
      appender.append({ ...labels, __name__: name }, nowMs, value);
    }
    const made = makeSamples("appender", APPENDED_SERIES, nowMs);
    for (const { labels, timestampMs, value } of made) appender.append(labels, timestampMs, value);
    await appender.commit({ durable: true });
    this.#samples += own.length + made.length;
  }

  async #post(): Promise<void> {
    const { clock, http } = this.#host.platform;
    const made = makeSamples("http", POSTED_SERIES, clock.nowMs());
    const answer = await http.exchange({
      url: this.#url,
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "user-agent": "walq-demo",
        "x-prometheus-remote-write-version": "0.1.0",
      },
      body: snappyLiteral(encodeWriteRequest(made)),
      answerBytesMax: 1024,
    }, AbortSignal.timeout(10_000));
    if (answer.status !== 204) throw new Error(`status ${answer.status}: ${answer.text.trim()}`);
    this.#samples += made.length;
  }
}

/** Slow waves, so that a graph of them shows a gap or a doubled sample. */
function makeSamples(input: string, count: number, nowMs: number): DemoSample[] {
  return Array.from({ length: count }, (_, index) => ({
    labels: { __name__: "walq_demo_wave", input, series: String(index) },
    timestampMs: nowMs,
    value: Math.sin(nowMs / 60_000 + index / 10),
  }));
}
