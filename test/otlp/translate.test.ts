import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import { readJson } from "../../src/otlp/read_json.ts";
import { type OtlpOptions, resolveOtlp } from "../../src/otlp/settings.ts";
import { translate, type Translated } from "../../src/otlp/translate.ts";
import { attributesOf, jsonOtlp, nano, type OtlpJson, requestOf } from "../support/otlp.ts";
import { CORPUS, NOW_MS, REFUSED } from "./corpus.ts";
import { RecordingSink } from "./recording_sink.ts";

// Against Prometheus itself all of the corpus is in test/peers/otlp.test.ts.

function take(
  request: OtlpJson,
  options: OtlpOptions = {},
  bytesMax = 1 << 20,
): Translated & { readonly sink: RecordingSink } {
  const sink = new RecordingSink();
  const settings = resolveOtlp(options);
  return { ...translate(readJson(jsonOtlp(request)), sink, { settings, bytesMax }), sink };
}

function textsOf({ rows }: RecordingSink): string[] {
  return rows.map(({ labels: { __name__: name, ...labels }, value }) =>
    `${name}${JSON.stringify(labels)} ${typeof value === "object" ? "histogram" : value}`
  );
}

function gaugeAt(timeMs: number, name = "g"): object {
  return { name, gauge: { dataPoints: [{ timeUnixNano: nano(timeMs), asInt: "1" }] } };
}

test("a metric has the name of each strategy", () => {
  const named = (translationStrategy: NonNullable<OtlpOptions["translationStrategy"]>): unknown => {
    const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt: "1" }] };
    const request = requestOf([{ name: "http.requests", unit: "By/s", sum }]);
    return take(request, { translationStrategy }).sink.rows[0]!.labels["__name__"];
  };
  assert.equal(named("UnderscoreEscapingWithSuffixes"), "http_requests_bytes_per_second_total");
  assert.equal(named("UnderscoreEscapingWithoutSuffixes"), "http_requests");
  assert.equal(named("NoUTF8EscapingWithSuffixes"), "http.requests_bytes_per_second_total");
  assert.equal(named("NoTranslation"), "http.requests");
});

test("a histogram is classic, or has custom buckets where it is asked for", () => {
  const { sink } = take(CORPUS["histograms"]!);
  assert.deepEqual(
    textsOf(sink).filter((text) => text.includes('"/a"')).map((text) =>
      text.replace(/^latency_seconds_(\w+).*?(?:"le":"(.*?)".*)? (\S+)$/, "$1 $2 $3")
    ),
    [
      "sum  12.5",
      "count  10",
      "bucket 0.1 0",
      "bucket 1 4",
      "bucket 2.5 4",
      "bucket 1000000000000000000000 9",
      "bucket +Inf 10",
    ],
  );
  const native = take(CORPUS["histograms"]!, { convertHistogramsToNhcb: true }).sink.rows[0]!;
  assert.deepEqual(native.value, {
    type: "integer",
    schema: -53,
    count: 10,
    sum: 12.5,
    customValues: [0.1, 1, 2.5, 1e21],
    positive: { spans: [{ offset: 1, length: 4 }], deltas: [4, -4, 5, -4] },
  });
  assert.deepEqual(native.exemplars.map(({ value }) => value), [99, 0.25, 0.5]);
});

test("what ends is told by a stale marker", () => {
  const { sink } = take(CORPUS["gauges"]!);
  const gone = sink.rows.find(({ labels }) => labels["room"] === "gone");
  assert.equal(gone?.value, "stale");
});

test("the resource is job, instance and target_info, and what is promoted", () => {
  const request = requestOf([gaugeAt(NOW_MS)], {
    "service.name": "a",
    "service.namespace": "b",
    "service.instance.id": "c",
    "host.name": "d",
  });
  const identity = '"instance":"c","job":"b/a"';
  assert.deepEqual(textsOf(take(request).sink), [
    `g{${identity}} 1`,
    `target_info{"host_name":"d",${identity}} 1`,
  ]);
  const promoted = take(request, { promoteResourceAttributes: [" host.name "] });
  assert.deepEqual(textsOf(promoted.sink)[0], `g{"host_name":"d",${identity}} 1`);
  assert.equal(take(request).sink.metadata.get("target_info")?.help, "Target metadata");
});

test("target_info is told every two and a half minutes, and of a first point that is far off not a million times", () => {
  const resource = { "service.name": "a", host: "h" };
  const timesOf = (...times: number[]): number[] =>
    take(requestOf(times.map((timeMs) => gaugeAt(timeMs)), resource), {}, 1 << 24).sink.rows
      .filter(({ labels }) => labels["__name__"] === "target_info")
      .map(({ timeMs }) => timeMs - NOW_MS);
  assert.deepEqual(timesOf(NOW_MS - 400_000, NOW_MS), [-400_000, -250_000, -100_000, 0]);
  assert.deepEqual(timesOf(NOW_MS - 300_000, NOW_MS), [-300_000, -150_000, 0]);
  const many = timesOf(1, NOW_MS);
  assert.equal(many.length, 1_001);
  assert.ok(many[0]! > -1_001 * 150_000);
});

test("points that cannot be translated are counted, with what is wrong with the first, and the others are taken", () => {
  const { points, refused, firstRefused, sink } = take(REFUSED["delta sum"]!);
  assert.deepEqual({ points, refused }, { points: 3, refused: 2 });
  assert.equal(firstRefused, 'metric "delta" has delta temporality, expected cumulative');
  assert.equal(sink.rows.length, 1);
  const wanted: Readonly<Record<string, RegExp>> = {
    "coarse scale": /^"coarse_milliseconds": an exponential histogram has scale -5, expected at/,
    "nothing left": /the name of metric "日本" becomes "", expected a letter or digit/,
    "no label": /^"g": attribute "___" becomes label "___", expected more than underscores/,
  };
  for (const [name, message] of Object.entries(wanted)) {
    const translated = take(REFUSED[name]!);
    assert.match(translated.firstRefused ?? "", message);
    assert.equal(translated.sink.rows.length, 0);
    assert.equal(translated.sink.metadata.size, 0);
  }
});

test("what is taken and is not as it looks is told", () => {
  assert.deepEqual(take(CORPUS["labels"]!).warnings, [
    'attributes "a-b", "a.b", "a_b" become one label a_b, joined by ";"',
  ]);
  assert.deepEqual(take(REFUSED["no kind"]!).warnings, ['metric "nothing" is of no known kind']);
  const infinite = { count: "1", bucketCounts: ["1", "0"], explicitBounds: ["Infinity"] };
  const histogram = { aggregationTemporality: 2, dataPoints: [infinite] };
  const { warnings, sink } = take(requestOf([{ name: "h", histogram }]));
  assert.match(warnings[0]!, /has a bound \+Inf/);
  assert.equal(sink.rows.filter(({ labels }) => labels["le"] === "+Inf").length, 1);
});

test("names of attributes that every object has are names like others", () => {
  const request = requestOf([gaugeAt(NOW_MS)], { "service.name": "a", x: "y" });
  const attributes = [{ key: "__proto__", value: { stringValue: "p" } }, {
    key: "constructor",
    value: { stringValue: "c" },
  }];
  const point = { attributes, timeUnixNano: nano(NOW_MS), asInt: "1" };
  const labels = take(requestOf([{ name: "m", gauge: { dataPoints: [point] } }])).sink.rows[0]!;
  assert.deepEqual(Object.entries(labels.labels).sort(), [
    ["__name__", "m"],
    ["__proto__", "p"],
    ["constructor", "c"],
  ]);
  assert.equal(take(request).refused, 0);
});

test("what comes of a request is bounded as a request is", () => {
  const large = { "service.name": "a", text: "x".repeat(1_000) };
  const request = requestOf(Array.from({ length: 100 }, () => gaugeAt(NOW_MS)), large);
  const options = { promoteResourceAttributes: ["text"] };
  assert.equal(take(request, options, 200_000).refused, 0);
  assert.throws(
    () => take(request, options, 50_000),
    (error) =>
      error instanceof WalqError && error.code === "TOO_LARGE" &&
      /come to more than 50000 bytes/.test(error.message),
  );
});

test("options that Prometheus refuses are refused", () => {
  const wrong: readonly (readonly [OtlpOptions, RegExp])[] = [
    [
      { translationStrategy: "Best" as "NoTranslation" },
      /translationStrategy "Best", expected one/,
    ],
    [{ ignoreResourceAttributes: ["a"] }, /got ignoreResourceAttributes, expected promoteAll/],
    [{ promoteAllResourceAttributes: true, promoteResourceAttributes: ["a"] }, /at most one/],
    [{ promoteResourceAttributes: ["a", " a"] }, /a name twice/],
    [{ promoteResourceAttributes: [""] }, /an empty name/],
    [{ deltas: "add" as "refuse" }, /got deltas "add", expected one of refuse, cumulative, native/],
    [{ deltaStaleMsMax: 999 }, /deltaStaleMsMax 999, expected milliseconds, at least 1000/],
    [{ deltaStreamsMax: 0.5 }, /deltaStreamsMax 0.5, expected a whole number from 1/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => resolveOtlp(options),
      (error) => error instanceof RangeError && message.test(error.message),
    );
  }
});

test("type and unit are labels where that is asked for, in place of what attributes say", () => {
  const attributes = attributesOf({ "__type__": "mine", "__unit__": "mine", a: "b" });
  const dataPoints = [{ attributes, asInt: "1", timeUnixNano: "1000000" }];
  const delta = { aggregationTemporality: 1, isMonotonic: true, dataPoints };
  const request = requestOf([
    { name: "g", unit: "By/s", gauge: { dataPoints } },
    { name: "plain", unit: "1", gauge: { dataPoints } },
    { name: "d", unit: "s", sum: delta },
  ], { "service.name": "x", host: "h" });
  const labelsOf = (options: OtlpOptions): unknown => {
    const { sink } = take(request, { translationStrategy: "NoTranslation", ...options });
    return sink.rows.map((
      { labels },
    ) => [labels["__name__"], labels["__type__"], labels["__unit__"]]);
  };
  assert.deepEqual(labelsOf({ typeAndUnitLabels: true, deltas: "native" }), [
    ["g", "gauge", "bytes_per_second"],
    ["plain", "gauge", "mine"],
    ["d", "mine", "seconds"],
    ["target_info", undefined, undefined],
  ]);
  assert.deepEqual(labelsOf({ deltas: "native" }), [
    ["g", "mine", "mine"],
    ["plain", "mine", "mine"],
    ["d", "mine", "mine"],
    ["target_info", undefined, undefined],
  ]);
});
