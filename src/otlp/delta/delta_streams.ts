/**
 * Streams of delta temporality, made cumulative: what Prometheus's feature
 * `otlp-deltatocumulative` does (the collector's processor of that name), with bounds, and so
 * that a sum moves only with what is durable.
 */
import { WalqError } from "../../errors.ts";
import { type DeltaPoint, type DeltaSum, firstSum, plus } from "./sum.ts";

/** How much is remembered. */
export interface DeltaBounds {
  /** A stream that has been silent for longer begins anew. */
  readonly staleMsMax: number;
  readonly streamsMax: number;
}

/** All sums together, whatever they are of. */
const BYTES_MAX = 64 * 1024 * 1024;
const STREAM_BYTES = 250;
const BYTES_A_CHARACTER = 2;
/** Streams are looked through for those that are silent at most so often. */
const SWEEP_MS = 60_000;

/** By which time it is judged whether a stream is silent. */
interface MonotonicClock {
  monotonicMs(): number;
}

/** A sum that a request wants, and that counts when it is durable. */
interface Version {
  readonly round: DeltaRound;
  readonly sum: DeltaSum;
}

interface Stream {
  readonly group: Group;
  readonly key: string;
  durable: DeltaSum | undefined;
  /** Those of requests on their way to the disk, each on top of the one before it. */
  readonly versions: Version[];
  usedMs: number;
}

/** The streams of one metric. */
interface Group {
  readonly key: string;
  readonly streams: Map<string, Stream>;
}

/** A step of a stream that is not taken yet. */
export interface DeltaStep<P extends DeltaPoint> {
  /** Cumulative, with the attributes and exemplars of the point that came. */
  readonly point: P;
  /** The point has been appended: its sum stands when its request is durable. */
  keep(): void;
}

/** The streams of one receiver. */
export class DeltaStreams {
  readonly #clock: MonotonicClock;
  readonly #groups = new Map<string, Group>();
  #streams = 0;
  #bytes = 0;
  #sweptMs = -Infinity;

  constructor(clock: MonotonicClock) {
    this.#clock = clock;
  }

  /** Streams that are remembered. */
  get size(): number {
    return this.#streams;
  }

  /** For one request. */
  begin(bounds: DeltaBounds): DeltaRound {
    return new DeltaRound(this, bounds, this.#clock.monotonicMs());
  }

  /** For a round alone. */
  find(
    metric: string,
    key: string,
    { staleMsMax }: DeltaBounds,
    nowMs: number,
  ): Stream | undefined {
    const stream = this.#groups.get(metric)?.streams.get(key);
    if (stream === undefined) return undefined;
    if (nowMs - stream.usedMs > staleMsMax && stream.versions.length === 0) {
      this.#forget(stream);
      return undefined;
    }
    stream.usedMs = nowMs;
    return stream;
  }

  /**
   * For a round alone: whether there is room for so much more.
   *
   * @throws {RangeError} where there is none.
   */
  makeRoom(streams: number, bytes: number, bounds: DeltaBounds, nowMs: number): void {
    this.#sweep(bounds, nowMs);
    if (this.#streams + streams > bounds.streamsMax) {
      throw new RangeError(
        `delta temporality: got more streams than the ${bounds.streamsMax} that are remembered`,
      );
    }
    if (this.#bytes + bytes > BYTES_MAX) {
      throw new RangeError(`delta temporality: its sums come to more than ${BYTES_MAX} bytes`);
    }
  }

  /** For a round alone. */
  add(metric: string, key: string, usedMs: number): Stream {
    let group = this.#groups.get(metric);
    if (group === undefined) {
      group = { key: metric, streams: new Map() };
      this.#groups.set(metric, group);
      this.#bytes += groupBytes(group);
    }
    const stream: Stream = { group, key, durable: undefined, versions: [], usedMs };
    group.streams.set(key, stream);
    this.#streams++;
    this.#bytes += streamBytes(stream);
    return stream;
  }

  /** For a round alone: a request has appended what the sum says. */
  stage(stream: Stream, version: Version): void {
    const { versions } = stream;
    if (versions.at(-1)?.round === version.round) this.#bytes -= versions.pop()!.sum.cost;
    versions.push(version);
    this.#bytes += version.sum.cost;
  }

  /** For a round alone: a request is durable with all that it stands on, or it never was. */
  settle(stream: Stream, round: DeltaRound, isDurable: boolean): void {
    const { versions } = stream;
    const place = versions.findIndex((one) => one.round === round);
    // A later one, which has it in its sum, was durable before it.
    if (place < 0) return;
    if (isDurable) {
      for (const { sum } of versions.splice(0, place + 1)) {
        this.#bytes -= stream.durable?.cost ?? 0;
        stream.durable = sum;
      }
      return;
    }
    // Those on top of it keep what it added: should they be durable, it is with them.
    this.#bytes -= versions.splice(place, 1)[0]!.sum.cost;
    if (versions.length === 0 && stream.durable === undefined) this.#forget(stream);
  }

  #sweep({ staleMsMax }: DeltaBounds, nowMs: number): void {
    if (nowMs - this.#sweptMs < Math.min(SWEEP_MS, staleMsMax)) return;
    this.#sweptMs = nowMs;
    for (const { streams } of this.#groups.values()) {
      for (const stream of streams.values()) {
        const isSilent = nowMs - stream.usedMs > staleMsMax;
        if (isSilent && stream.versions.length === 0) this.#forget(stream);
      }
    }
  }

  #forget(stream: Stream): void {
    const { group } = stream;
    this.#bytes -= streamBytes(stream) + (stream.durable?.cost ?? 0);
    this.#streams--;
    group.streams.delete(stream.key);
    if (group.streams.size > 0) return;
    this.#groups.delete(group.key);
    this.#bytes -= groupBytes(group);
  }
}

/** What one request does to the streams. It is settled once, when it is known whether it is durable. */
export class DeltaRound {
  readonly #streams: DeltaStreams;
  readonly #bounds: DeltaBounds;
  readonly #nowMs: number;
  readonly #touched = new Set<Stream>();

  /** For {@link DeltaStreams.begin} alone. */
  constructor(streams: DeltaStreams, bounds: DeltaBounds, nowMs: number) {
    this.#streams = streams;
    this.#bounds = bounds;
    this.#nowMs = nowMs;
  }

  /**
   * The cumulative point that a point makes; undefined where the point is the one that came
   * last, which is counted already: its sender has not heard of it.
   *
   * @throws {RangeError} for a point that is not to be counted.
   * @throws {WalqError} `OVERLOADED`: it may be in a request that is not durable yet.
   */
  step<P extends DeltaPoint>(metric: string, key: string, point: P): DeltaStep<P> | undefined {
    if (point.timeNs === 0) throw new RangeError("got delta temporality without a time");
    const known = this.#streams.find(metric, key, this.#bounds, this.#nowMs);
    const before = (known?.versions.at(-1)?.sum ?? known?.durable) as DeltaSum<P> | undefined;
    if (known !== undefined && before !== undefined && !this.#isNext(known, before, point)) {
      return undefined;
    }
    const sum = before === undefined ? firstSum(point) : plus(before, point);
    const bytes = sum.cost - (before?.cost ?? 0);
    if (known === undefined) {
      const keys = 2 * STREAM_BYTES + BYTES_A_CHARACTER * (metric.length + key.length);
      this.#streams.makeRoom(1, bytes + keys, this.#bounds, this.#nowMs);
    } else if (bytes > 0) this.#streams.makeRoom(0, bytes, this.#bounds, this.#nowMs);
    const { attributes, exemplars } = point;
    // The first one is told as it came: what is remembered of it may have fewer buckets.
    const told = before === undefined ? point : { ...sum.point, attributes, exemplars };
    return {
      point: told,
      keep: () => {
        const stream = known ?? this.#streams.add(metric, key, this.#nowMs);
        this.#streams.stage(stream, { round: this, sum });
        this.#touched.add(stream);
      },
    };
  }

  settle(isDurable: boolean): void {
    for (const stream of this.#touched) this.#streams.settle(stream, this, isDurable);
    this.#touched.clear();
  }

  /** False for the point that came last. */
  #isNext(stream: Stream, sum: DeltaSum, point: DeltaPoint): boolean {
    if (point.startNs < sum.point.startNs) {
      throw new RangeError(
        `got delta temporality from ${at(point.startMs)}, but its series began at ` +
          `${at(sum.point.startMs)}: do several processes send the same series?`,
      );
    }
    if (point.timeNs > sum.point.timeNs) return true;
    const { durable, versions } = stream;
    const isOwn = versions.at(-1)?.round === this;
    if (versions.length > 0 && !isOwn && !(point.timeNs <= (durable?.point.timeNs ?? 0))) {
      throw new WalqError(
        "OVERLOADED",
        `Cannot take OTLP: delta temporality to ${at(point.timeMs)} may be in a request that is ` +
          "not durable yet; come again",
      );
    }
    if (isLast(sum, point) || (durable !== undefined && isLast(durable, point))) return false;
    throw new RangeError(
      `got delta temporality to ${at(point.timeMs)}, but its series is at ` +
        `${at(sum.point.timeMs)}: it was counted already, or is out of order`,
    );
  }
}

function isLast({ point: { timeNs }, lastStartNs }: DeltaSum, point: DeltaPoint): boolean {
  return point.timeNs === timeNs && point.startNs === lastStartNs;
}

function at(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? `${timeMs} ms` : date.toISOString();
}

function streamBytes({ key }: Stream): number {
  return STREAM_BYTES + BYTES_A_CHARACTER * key.length;
}

function groupBytes({ key }: Group): number {
  return STREAM_BYTES + BYTES_A_CHARACTER * key.length;
}
