/** Requests of delta temporality, one after the other, of one sender. */
import { attributesOf, nano, type OtlpJson, requestOf } from "../support/otlp.ts";

const START_MS = Date.UTC(2026, 10, 20, 12);
const DELTA = 1;

/** Between two times, in seconds from the beginning. */
function point(from: number, to: number, id: string, more: object): object {
  return {
    attributes: attributesOf({ id, b: 1n }),
    startTimeUnixNano: nano(START_MS + from * 1_000),
    timeUnixNano: nano(START_MS + to * 1_000),
    ...more,
  };
}

function metric(name: string, kind: string, dataPoints: readonly object[], more: object = {}) {
  return { name, unit: "s", [kind]: { aggregationTemporality: DELTA, dataPoints, ...more } };
}

const counter = (dataPoints: readonly object[]): object =>
  metric("requests", "sum", dataPoints, { isMonotonic: true });
const upDown = (dataPoints: readonly object[]): object => metric("queue", "sum", dataPoints);
const histogram = (dataPoints: readonly object[]): object =>
  metric("latency", "histogram", dataPoints);
const exponential = (dataPoints: readonly object[]): object =>
  metric("sizes", "exponentialHistogram", dataPoints);

function buckets(offset: number, bucketCounts: readonly number[]): object {
  return { offset, bucketCounts: bucketCounts.map(String) };
}

function request(...metrics: readonly object[]): OtlpJson {
  return requestOf(metrics, { "service.name": "shop", host: "h" }, { name: "lib" });
}

const explicit = { explicitBounds: [0.5, 1, 2], bucketCounts: ["1", "0", "3", "1"], count: "5" };
const wide = new Array(150).fill(0).map((_, at) => at % 7);

/** In their order, by what they are about. */
export const SEQUENCES: Readonly<Record<string, readonly OtlpJson[]>> = {
  numbers: [
    request(
      counter([point(0, 10, "a", { asInt: "5" }), point(0, 10, "b", { asDouble: 0.5 })]),
      upDown([point(0, 10, "a", { asInt: "-3" }), point(0, 10, "a", { asInt: "9" })]),
    ),
    request(
      counter([point(10, 20, "b", { asDouble: 0.25 }), point(10, 20, "a", { asInt: "7" })]),
      upDown([point(10, 20, "a", { asInt: "4" })]),
    ),
    // A gap, one that came already, one out of order, one that begins before its series.
    request(
      counter([point(40, 50, "a", { asInt: "1" }), point(10, 20, "b", { asDouble: 8 })]),
      upDown([point(5, 15, "a", { asInt: "64" }), point(-1, 60, "a", { asInt: "64" })]),
    ),
    request(
      counter([point(50, 60, "a", { asInt: "2" }), point(50, 60, "b", { asDouble: 1 })]),
      upDown([point(20, 30, "a", { asInt: "1" }), point(30, 40, "a", { asInt: "1" })]),
    ),
    // No start.
    request(counter([
      { ...point(0, 70, "c", { asInt: "2" }), startTimeUnixNano: "0" },
      { ...point(0, 80, "c", { asInt: "3" }), startTimeUnixNano: "0" },
    ])),
  ],
  histograms: [
    request(histogram([point(0, 10, "a", { ...explicit, sum: 4.5 })])),
    request(histogram([point(10, 20, "a", { ...explicit, sum: 1.25 })])),
    request(histogram([point(20, 30, "a", explicit)])),
    request(histogram([point(30, 40, "a", { ...explicit, sum: 1 })])),
    request(histogram([
      point(40, 50, "a", {
        explicitBounds: [1, 2],
        bucketCounts: ["1", "1", "0"],
        count: "2",
        sum: 2,
      }),
      point(50, 60, "a", {
        explicitBounds: [1, 2],
        bucketCounts: ["0", "0", "5"],
        count: "5",
        sum: 20,
      }),
    ])),
  ],
  "exponential histograms": [
    request(exponential([
      point(0, 10, "scales", {
        scale: 3,
        count: "12",
        sum: 3,
        zeroCount: "2",
        positive: buckets(-3, [1, 0, 4, 0]),
        negative: buckets(5, [0, 5]),
      }),
      point(0, 10, "wide", { scale: 6, count: "444", sum: 1, positive: buckets(-20, wide) }),
      point(0, 10, "zero", {
        scale: 0,
        count: "31",
        sum: 1,
        zeroCount: "1",
        positive: buckets(-2, [2, 4, 8]),
        negative: buckets(-1, [16]),
      }),
      point(0, 10, "empty", { scale: 2, count: "0", sum: 0 }),
    ])),
    request(exponential([
      point(10, 20, "scales", {
        scale: 1,
        count: "6",
        sum: 3,
        positive: buckets(-1, [1, 2]),
        negative: buckets(0, [3]),
      }),
      point(10, 20, "wide", { scale: 6, count: "444", sum: 1, positive: buckets(100, wide) }),
      point(10, 20, "zero", {
        scale: 0,
        count: "40",
        sum: 1,
        zeroCount: "32",
        zeroThreshold: 1,
        positive: buckets(0, [8]),
      }),
      point(10, 20, "empty", { scale: 2, count: "3", sum: 9, positive: buckets(0, [0, 3, 0]) }),
    ])),
    request(exponential([
      point(20, 30, "scales", { scale: 20, count: "7", positive: buckets(-1_000_000, [3, 4]) }),
      point(20, 30, "wide", { scale: 6, count: "1", sum: 1, negative: buckets(-5_000, [1]) }),
      point(20, 30, "zero", {
        scale: 1,
        count: "6",
        sum: 1,
        zeroThreshold: 0.25,
        positive: buckets(-9, [1, 2, 3]),
      }),
      point(20, 30, "empty", { scale: 5, count: "0", sum: 0 }),
    ])),
    request(exponential([
      point(30, 40, "scales", { scale: 20, count: "0", sum: 1 }),
      point(30, 40, "wide", { scale: 4, count: "1", sum: 1, negative: buckets(5_000, [1]) }),
    ])),
  ],
};
