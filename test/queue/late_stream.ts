/** Series that come in through an outage, and what arrives of them before a receiver of late samples. */
import assert from "node:assert/strict";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import type { EndpointSnapshot } from "../../src/stats/endpoint_snapshot.ts";
import { concat } from "../tools/concat.ts";
import { compress } from "../support/hysnappy.ts";
import { encodePlainRequest, wireSeries } from "../support/remote_write_v1.ts";
import { LateReceiver } from "./late_receiver.ts";
import { CONTENT, Rig } from "./support.ts";

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
export const SERIES = 80;

/** How often each series has a sample. */
export const EVERY_MS = 4_000;
/** Samples that come in each second. */
export const INCOMING: number = SERIES * 1_000 / EVERY_MS;
/** Requests of a size that such a rate has. */
export const SMALL = { batchCount: 20, batchCountMax: 100 };

/** A series of a request whose one sample is written anew each time: to write all anew takes most of a test's CPU. */
class Template {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(name: string, likeMs: number) {
    this.#bytes = encodePlainRequest([wireSeries({ __name__: name }, likeMs, 0)]);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The value and the timestamp are the last fields; a varint of this century has 6 bytes. */
  with(timestampMs: number, value: number): Uint8Array {
    const end = this.#bytes.length;
    this.#view.setFloat64(end - 15, value, true);
    for (let at = 0, rest = timestampMs; at < 6; at++, rest = Math.floor(rest / 128)) {
      this.#bytes[end - 6 + at] = rest % 128 | (at < 5 ? 0x80 : 0);
    }
    return this.#bytes.slice();
  }
}

/** A queue into which some series come. */
export class Stream {
  readonly rig: Rig;
  readonly receiver: LateReceiver;
  readonly #templates: readonly Template[];
  #value = 0;

  constructor(more: Partial<EndpointOptions> = SMALL, options: Partial<QueueOptions> = {}) {
    const endpoint = { name: "one", url: "http://one/write", ...more };
    this.rig = new Rig({
      endpoints: [{ sendOrder: "fresh_first", ...endpoint } as EndpointOptions],
      ...options,
    });
    this.receiver = new LateReceiver(this.rig);
    const nowMs = this.rig.nowMs();
    this.#templates = Array.from({ length: SERIES }, (_, at) => new Template(`s${at}`, nowMs));
  }

  /** The value of the samples that come next. */
  get nextValue(): number {
    return this.#value;
  }

  get state(): EndpointSnapshot {
    return this.rig.queue.stats().endpoints[0]!;
  }

  /** Time passes; of so many samples of each series one request is made. */
  async run(forMs: number, until: () => boolean = () => false, atOnce: number = 1): Promise<void> {
    const { rig } = this;
    for (let passedMs = 0; passedMs < forMs && !until(); passedMs += EVERY_MS * atOnce) {
      const startMs = rig.nowMs();
      await rig.platform.time.advance(EVERY_MS * (atOnce - 1));
      const written = rig.queue.write(this.#request(startMs, atOnce), CONTENT);
      await rig.platform.time.advance(EVERY_MS);
      await rig.wait(written);
      rig.checkSum();
    }
  }

  #request(startMs: number, atOnce: number): Uint8Array {
    const all = Array.from({ length: atOnce }, (_, time) => {
      const value = this.#value++;
      return this.#templates.map((one) => one.with(startMs + time * EVERY_MS, value));
    });
    return compress(concat(all.flat()));
  }

  /** The values of each series in the order in which they came for the first time. */
  firstArrivals({ arrivals }: LateReceiver = this.receiver): number[][] {
    const values = Array.from({ length: SERIES }, () => new Set<number>());
    for (const { series, value } of arrivals) {
      values[Number(series.slice(1))]?.add(value);
    }
    return values.map((one) => [...one]);
  }
}

/** Down for a while, and back; where connections are not refused, as the receiver was told before. */
export async function outage(
  stream: Stream,
  forMs: number,
  isRefused: boolean = true,
): Promise<void> {
  stream.receiver.isDown = isRefused;
  await stream.run(forMs, undefined, forMs > HOUR_MS / 2 ? 50 : 5);
  stream.receiver.isDown = false;
}

/**
 * Of each series all values came once, or once more, those that overtook others in order and
 * those that were overtaken too. Returns how many overtook others.
 */
export function checkLanes(stream: Stream, firstFresh: number = stream.nextValue): number {
  let overtaking = 0;
  for (const [at, values] of stream.firstArrivals().entries()) {
    assert.equal(values.length, stream.nextValue, `s${at} is not whole`);
    overtaking += checkOrder(values, firstFresh);
  }
  return overtaking;
}

/** Each lane of one series in order, whether it is whole or not. Returns how many overtook others. */
export function checkOrder(values: readonly number[], firstFresh: number): number {
  const fresh = values.filter((value) => value >= firstFresh);
  const backlog = values.filter((value) => value < firstFresh);
  for (const lane of [fresh, backlog]) assert.deepEqual(lane, lane.toSorted((a, b) => a - b));
  const last = values.lastIndexOf(backlog.at(-1) ?? -1);
  return values.slice(0, last + 1).filter((value) => value >= firstFresh).length;
}

/**
 * Values of one series that came before the next older one that came at all: where each lane
 * is in order these are the first ones of what was fresh when the lanes parted, and no others.
 */
export function overtakers(values: readonly number[]): number[] {
  const place = new Map(values.map((value, at) => [value, at]));
  const inOrder = values.toSorted((a, b) => a - b);
  return inOrder.filter((value, at) => at > 0 && place.get(value)! < place.get(inOrder[at - 1]!)!);
}

/** How often what is new began to go first, by the log. */
export function partings({ rig }: Stream): number {
  return rig.logger.lines.filter((line) => line.includes("what is new is sent first")).length;
}

/** The first value that came before an older one. */
export function firstOvertaking(stream: Stream): number {
  const first = stream.firstArrivals().map((values) => {
    return values.find((value, place) => value !== place) ?? Infinity;
  });
  return Math.min(...first);
}

/** A queue that is opened, is sending for a minute, and then has an endpoint that is away for so long. */
export async function openAndLose(stream: Stream, rate: number, outageMs: number): Promise<void> {
  stream.receiver.rate = rate;
  await stream.rig.open();
  await stream.run(MINUTE_MS);
  await outage(stream, outageMs);
}
