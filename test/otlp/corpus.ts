/** OTLP metrics of every kind, with what is odd about each. */
import { attributesOf, nano, type OtlpJson, requestOf } from "../support/otlp.ts";

/** The time of all of it. */
export const NOW_MS: number = Date.UTC(2026, 10, 20, 12);
const START_MS = NOW_MS - 90_000;

const CUMULATIVE = 2;
const DELTA = 1;

function point(attributes: Readonly<Record<string, unknown>>, more: object): object {
  return {
    attributes: attributesOf(attributes),
    startTimeUnixNano: nano(START_MS),
    timeUnixNano: nano(NOW_MS),
    ...more,
  };
}

function gauge(name: string, unit: string, points: readonly object[], description = ""): object {
  return { name, unit, description, gauge: { dataPoints: points } };
}

function sum(
  name: string,
  unit: string,
  points: readonly object[],
  more: object = { isMonotonic: true },
): object {
  const data = { aggregationTemporality: CUMULATIVE, dataPoints: points, ...more };
  return { name, unit, description: `how often ${name}`, sum: data };
}

function histogram(name: string, points: readonly object[], temporality = CUMULATIVE): object {
  const data = { aggregationTemporality: temporality, dataPoints: points };
  return { name, unit: "s", histogram: data };
}

function exponential(name: string, points: readonly object[], unit = "ms"): object {
  const data = { aggregationTemporality: CUMULATIVE, dataPoints: points };
  return { name, unit, description: "exponential", exponentialHistogram: data };
}

const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const SERVICE = {
  "service.name": "checkout",
  "service.namespace": "shop",
  "service.instance.id": "pod-1",
  "k8s.pod.name": "checkout-1",
  "host.cpus": 8n,
  "1st": true,
};

/** Names and units that are hard to translate. */
const NAMES: readonly (readonly [name: string, unit: string])[] = [
  ["http.server.duration", "s"],
  ["http.server.duration.seconds", "s"],
  ["http.server.duration_seconds", "s"],
  ["memory.usage", "By"],
  ["memory.usage.bytes.used", "By"],
  ["memory-usage..x", "KiBy"],
  ["tibi", "TiBy"],
  ["ratio.of.things", "1"],
  ["things", "1"],
  ["things_total", "1"],
  ["total.things", "{thing}"],
  ["speed", "m/s"],
  ["speed_per_second", "By/s"],
  ["speed.meters", "m/h"],
  ["rate", "/s"],
  ["rate2", "1/s"],
  ["rate3", "{packets}/min"],
  ["rate4", "By/{x}"],
  ["rate5", "a/b/c"],
  ["odd.unit", "foo bar%"],
  ["odd.unit2", "_x__y_"],
  ["odd.unit3", " s "],
  ["odd.unit4", "/_"],
  ["odd.unit5", "x_/y_"],
  ["odd.unit6", "°C"],
  ["7up", ""],
  ["7:up", "%"],
  ["größe", "Cel"],
  ["_leading_", "Hz"],
  ["__two__", "W"],
  ["a__b", "J"],
  ["a:b", "d"],
  ["dots...", "us"],
  ["x.ratio", "1"],
  ["ratio", "1"],
  ["total", "1"],
  ["seconds", "s"],
  ["emoji😀x", "ns"],
];

const numbers = point({ "http.method": "GET", code: 200n }, { asDouble: 1.5 });

/** Requests that are taken whole, by what is in them. */
export const CORPUS: Readonly<Record<string, OtlpJson>> = {
  gauges: requestOf([
    gauge("temperature", "Cel", [
      point({ room: "attic" }, { asDouble: 21.5 }),
      point({ room: "cellar" }, { asInt: "-9007199254740993" }),
      point({ room: "nowhere" }, {}),
      point({ room: "infinite" }, { asDouble: "-Infinity" }),
      point({ room: "none" }, { asDouble: "NaN" }),
      point({ room: "gone" }, { asDouble: 3, flags: 1 }),
      point({}, { asDouble: 5e-324 }),
    ], "How warm it is"),
  ], SERVICE),
  sums: requestOf([
    sum("requests", "1", [
      point({ path: "/" }, {
        asInt: "17",
        exemplars: [
          { ...TRACE, timeUnixNano: nano(NOW_MS - 5), asDouble: 0.25 },
          {
            timeUnixNano: nano(NOW_MS - 9),
            asInt: "3",
            filteredAttributes: attributesOf({ "user.id": "x", trace_id: "mine" }),
          },
        ],
      }),
    ]),
    sum("queue", "{job}", [point({}, { asDouble: -4 })], { isMonotonic: false }),
    sum("gone", "", [point({}, { asInt: "1", flags: 1 })]),
  ], SERVICE),
  histograms: requestOf([
    histogram("latency", [
      point({ route: "/a" }, {
        count: "10",
        sum: 12.5,
        bucketCounts: ["0", "4", "0", "5", "1"],
        explicitBounds: [0.1, 1, 2.5, 1e21],
        exemplars: [
          { ...TRACE, timeUnixNano: nano(NOW_MS - 5), asDouble: 0.5 },
          { spanId: "b7ad6b7169203331", timeUnixNano: nano(NOW_MS - 6), asDouble: 0.25 },
          { timeUnixNano: nano(NOW_MS - 7), asDouble: 99 },
        ],
      }),
      point({ route: "/none" }, { count: "0", sum: 0, bucketCounts: [], explicitBounds: [] }),
      point({ route: "/empty" }, {
        count: "0",
        sum: 0,
        bucketCounts: ["0", "0"],
        explicitBounds: [1e-7],
      }),
      point({ route: "/one" }, { count: "3", sum: -1, bucketCounts: ["3"], explicitBounds: [] }),
      point({ route: "/nosum" }, { count: "0", bucketCounts: ["0", "0"], explicitBounds: [5] }),
      point({ le: "mine" }, {
        count: "2",
        sum: 1,
        bucketCounts: ["1", "1"],
        explicitBounds: [-0.5],
      }),
    ]),
  ], SERVICE),
  "native histograms": requestOf([
    exponential("sizes", [
      point({ a: "b" }, {
        count: "21",
        sum: 47.25,
        scale: 3,
        zeroCount: "2",
        positive: { offset: -3, bucketCounts: ["1", "0", "0", "0", "3", "0", "4", "0"] },
        negative: { offset: 7, bucketCounts: ["5", "6"] },
        exemplars: [{ ...TRACE, timeUnixNano: nano(NOW_MS - 3), asDouble: 2 }],
      }),
      point({ a: "fine" }, {
        count: "10",
        sum: 1,
        scale: 11,
        positive: { offset: -5, bucketCounts: ["1", "2", "0", "0", "0", "0", "0", "3", "0", "4"] },
      }),
      point({ a: "finest" }, {
        count: "6",
        sum: 1,
        scale: 20,
        positive: { offset: 1_000_000, bucketCounts: ["1", "2", "3"] },
        negative: { offset: -1_000_000, bucketCounts: ["0"] },
      }),
      point({ a: "empty" }, { count: "0", scale: 0 }),
      point({ a: "gap" }, {
        count: "2",
        sum: 3,
        scale: -4,
        positive: {
          offset: 0,
          bucketCounts: ["0", "0", "0", "0", "1", "0", "0", "1", "0", "0", "0", "0"],
        },
      }),
    ]),
  ], SERVICE),
  summaries: requestOf([{
    name: "gc.pause",
    unit: "s",
    description: "pauses",
    summary: {
      dataPoints: [
        point({ gen: "old" }, {
          count: "7",
          sum: 1.25,
          quantileValues: [
            { quantile: 0, value: 0.01 },
            { quantile: 0.5, value: 0.1 },
            { quantile: 0.999, value: "NaN" },
            { quantile: 1, value: 1 },
          ],
        }),
        point({ gen: "gone" }, {
          count: "7",
          sum: 1.25,
          flags: 1,
          quantileValues: [{ quantile: 0.5, value: 0.1 }],
        }),
      ],
    },
  }], SERVICE),
  names: requestOf(NAMES.flatMap(([name, unit]) => [
    gauge(`${name}`, unit, [numbers]),
    sum(`${name}`, unit, [numbers]),
    sum(`${name}`, unit, [numbers], { isMonotonic: false }),
  ])),
  labels: requestOf(
    [gauge("labels", "", [
      point({
        "a.b": "one",
        "a_b": "two",
        "a-b": "three",
        "_private": "x",
        "__reserved__": "y",
        "__two.dots__": "z",
        "9lives": "cat",
        "double__under": "d",
        "größe": "ü",
        "emoji😀": "e",
        "empty": "",
        "job": "mine",
        "instance": "mine too",
        "k8s.pod.name": "of the point",
        "__name__": "nobody",
        "__type__": "mine",
        "__unit__": "mine",
        "true": true,
        "int": -9223372036854775808n,
        "double": 0.1,
        "small": 1e-7,
        "large": 1e21,
        "whole": 1e20,
        "nan": "NaN",
        "list": {
          arrayValue: { values: attributesOf({ a: 'x"<>&y', b: 1n, c: 2.5 }).map(valueIn) },
        },
        "map": { kvlistValue: { values: attributesOf({ z: 1n, a: "b", n: {} }) } },
        "bytes": { bytesValue: "AAECAw==" },
        "nothing": {},
      }, { asDouble: 1 }),
    ])],
    SERVICE,
    {
      name: "my.scope",
      version: "1.2.3",
      attributes: attributesOf({ "scope.attr": "s", name: "overridden" }),
    },
  ),
  "several resources": {
    resourceMetrics: [
      ...requestOf([gauge("g", "", [point({}, { asInt: "1" })])], {
        "service.name": "only a name",
      }).resourceMetrics,
      ...requestOf([gauge("g", "", [point({}, { asInt: "2" })])], {
        "service.name": "name",
        "service.namespace": "",
        more: "x",
      }).resourceMetrics,
      ...requestOf([gauge("g", "", [point({}, { asInt: "3" })])], {
        "service.namespace": "space",
        more: "no identity",
      }).resourceMetrics,
      ...requestOf([gauge("g2", "", [
        { ...point({}, { asInt: "4" }), timeUnixNano: nano(NOW_MS - 400_000) },
        { ...point({}, { asInt: "4" }), timeUnixNano: `${NOW_MS - 100_000}999999` },
        point({}, { asInt: "5" }),
      ])], { "service.instance.id": "i", host: "h", "le": "5" }).resourceMetrics,
      ...requestOf([gauge("g3", "", [point({ x: "y" }, { asInt: "6" })])], {
        "service.instance.id": "i",
        host: "h",
        "le": "5",
      }).resourceMetrics,
      ...requestOf([gauge("g4", "", [])], { "service.name": "empty", host: "h" }).resourceMetrics,
    ],
  },
};

/** Requests of which something is refused. */
export const REFUSED: Readonly<Record<string, OtlpJson>> = {
  "delta sum": requestOf([
    sum("fine", "", [numbers]),
    sum("delta", "", [numbers, numbers], { isMonotonic: true, aggregationTemporality: DELTA }),
  ]),
  "delta histogram": requestOf([histogram("delta", [point({}, { count: "0" })], DELTA)]),
  "coarse scale": requestOf([exponential("coarse", [point({}, { count: "0", scale: -5 })])]),
  "no kind": requestOf([{ name: "nothing" }]),
  "nothing left": requestOf([gauge("日本", "", [numbers])]),
  "no name": requestOf([gauge("...", "", [numbers])]),
  "no label": requestOf([gauge("g", "", [point({ "___": "x" }, { asInt: "1" })])]),
};

function valueIn(pair: object): unknown {
  return (pair as { value: unknown }).value;
}
