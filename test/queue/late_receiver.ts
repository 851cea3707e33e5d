/** A receiver that takes samples out of order, or refuses them, as Prometheus does. */
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { valueOf } from "../support/endpoint_double.ts";
import { uncompress } from "../support/hysnappy.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { Rig } from "./support.ts";

const HOUR_MS = 3_600_000;
const VERSION = "x-prometheus-remote-write-version";
const PROBE = "walq_order_probe";

/** One sample as it arrived. */
export interface Arrival {
  readonly series: string;
  readonly value: number;
  readonly timestampMs: number;
  readonly atMs: number;
}

/** A receiver as Prometheus is one: by its window it takes samples out of order or refuses them. */
export class LateReceiver {
  isDown: boolean = false;
  /** Asked first: what it answers in place of all else, where that is something. */
  instead: (request: HttpRequest) => Promise<HttpAnswer> | undefined = () => undefined;
  /** How far behind the newest of all a sample may be that is out of order; 0 is none. */
  windowMs: number = Infinity;
  /** Samples a second; one request after the other. */
  rate: number = Infinity;
  readonly arrivals: Arrival[] = [];
  readonly probes: Arrival[] = [];
  readonly refused: Arrival[] = [];
  readonly #rig: Rig;
  readonly #newestMs = new Map<string, number>();
  #headMs = 0;
  #busyUntilMs = 0;

  constructor(rig: Rig) {
    this.#rig = rig;
    rig.platform.http.script = (request) => this.answer(request);
  }

  /** For who asks another one of some requests. */
  async answer(request: HttpRequest): Promise<HttpAnswer> {
    if (this.isDown) throw new Error("connection refused");
    const instead = this.instead(request);
    if (instead !== undefined) return await instead;
    const { time } = this.#rig.platform;
    const samples = samplesIn(request);
    const nowMs = time.monotonicMs();
    this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + samples.length / this.rate * 1000;
    const waitMs = this.#busyUntilMs - nowMs;
    if (waitMs > 0) await new Promise<void>((resolve) => time.after(waitMs, resolve));
    const late = samples.map((sample) => this.#why(sample)).find((why) => why !== undefined);
    const arrived = samples.map((sample) => ({ ...sample, atMs: time.nowMs() }));
    const isProbe = samples[0]?.series === PROBE;
    if (late !== undefined) {
      if (!isProbe) this.refused.push(...arrived);
      return makeAnswer(400, late);
    }
    (isProbe ? this.probes : this.arrivals).push(...arrived);
    for (const { series, timestampMs } of samples) {
      this.#newestMs.set(series, Math.max(this.#newestMs.get(series) ?? 0, timestampMs));
      this.#headMs = Math.max(this.#headMs, timestampMs);
    }
    const said = { "x-prometheus-remote-write-samples-written": `${samples.length}` };
    return makeAnswer(204, "", request.headers[VERSION] === "2.0.0" ? said : {});
  }

  /** Why it refuses a sample. */
  #why({ series, timestampMs }: Omit<Arrival, "atMs">): string | undefined {
    const isInHead = timestampMs >= this.#headMs - HOUR_MS;
    if (isInHead && timestampMs >= (this.#newestMs.get(series) ?? 0)) return undefined;
    if (this.windowMs > 0) {
      return timestampMs >= this.#headMs - this.windowMs ? undefined : "too old sample";
    }
    return isInHead ? "out of order sample" : "out of bounds";
  }
}

function samplesIn(request: HttpRequest): Omit<Arrival, "atMs">[] {
  const version = request.headers[VERSION] === "2.0.0" ? "v2" : "v1";
  return decodeRequest(uncompress(request.body!), version).series.flatMap(({ labels, signals }) =>
    signals.flatMap((signal) => {
      const series = labels.find(([name]) => name === "__name__")![1];
      if (signal.kind !== "sample") return [];
      return [{ series, value: valueOf(signal.bits), timestampMs: Number(signal.timestampMs) }];
    })
  );
}
