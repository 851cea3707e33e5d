import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import type { OtlpMetric, OtlpPoint, OtlpResource } from "../../src/otlp/model.ts";
import { attributesIn } from "../../src/otlp/raw_attributes.ts";
import { readJson } from "../../src/otlp/read_json.ts";
import { readProtobuf } from "../../src/otlp/read_protobuf.ts";
import { MessageWriter } from "../../src/protobuf.ts";
import { encodeOtlp, jsonOtlp, requestOf } from "../support/otlp.ts";
import { CORPUS, REFUSED } from "./corpus.ts";

const encoder = new TextEncoder();

function refused(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof WalqError && error.code === code && message.test(error.message);
}

/** With the attributes of all points read. */
function readAll(resources: readonly OtlpResource[]): unknown {
  const withAttributes = (point: OtlpPoint): unknown => ({
    ...point,
    attributes: attributesIn(point.attributes),
  });
  const metricOf = ({ data, ...metric }: OtlpMetric): unknown => ({
    ...metric,
    data: { ...data, points: (data.points as readonly OtlpPoint[]).map(withAttributes) },
  });
  return resources.map(({ scopes, ...resource }) => ({
    ...resource,
    scopes: scopes.map(({ metrics, ...scope }) => ({ ...scope, metrics: metrics.map(metricOf) })),
  }));
}

for (const [name, request] of Object.entries({ ...CORPUS, ...REFUSED })) {
  test(`both forms say the same: ${name}`, () => {
    const fromJson = readJson(jsonOtlp(request));
    assert.deepEqual(readAll(readProtobuf(encodeOtlp(request))), fromJson);
    assert.ok(fromJson[0]!.scopes[0]!.metrics.length > 0);
  });
}

test("a value whose bits are the stale marker is one, and other NaNs are values", () => {
  const pointOf = (bits: bigint): unknown => {
    const point = new MessageWriter().doubleBits(4, bits);
    const data = new MessageWriter().message(1, point);
    const metric = new MessageWriter().text(1, "m").message(5, data);
    const scope = new MessageWriter().message(2, metric);
    const request = new MessageWriter().message(1, new MessageWriter().message(2, scope));
    return readProtobuf(request.finish())[0]!.scopes[0]!.metrics[0]!.data.points[0]!.isStale;
  };
  assert.equal(pointOf(0x7ff0_0000_0000_0002n), true);
  assert.equal(pointOf(0x7ff8_0000_0000_0001n), false);
});

test("times of JSON may be texts, exactly, or numbers, to the millisecond", () => {
  const timeOf = (written: string): unknown => {
    const point = `{"timeUnixNano":${written},"asInt":1}`;
    const metrics = `[{"name":"m","gauge":{"data_points":[${point}]}}]`;
    const text = `{"resourceMetrics":[{"scope_metrics":[{"metrics":${metrics}}]}]}`;
    return readJson(encoder.encode(text))[0]!.scopes[0]!.metrics[0]!.data.points[0]!.timeMs;
  };
  assert.equal(timeOf('"1763640000123999999"'), 1_763_640_000_123);
  assert.equal(timeOf("1763640000123000000"), 1_763_640_000_123);
  assert.equal(timeOf("null"), 0);
  assert.throws(
    () => timeOf('"now"'),
    refused("INVALID_REQUEST", /timeUnixNano: got "now", expected/),
  );
  assert.throws(() => timeOf('"-1000000"'), refused("INVALID_REQUEST", /nanoseconds since 1970/));
});

test("what is wrong with a request is told with where, what was got and what was wanted", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["{", /^Cannot read OTLP: the body is no JSON$/],
    ["[]", /: : got a list, expected an object$/],
    ['{"resourceMetrics":{}}', /resourceMetrics: got an object, expected a list/],
    ['{"resourceMetrics":[1]}', /resourceMetrics\[0\]: got 1, expected an object/],
    [
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":5}]}]}]}',
      /resourceMetrics\[0\]\.scopeMetrics\[0\]\.metrics\[0\]\.name: got 5, expected a string/,
    ],
    [
      '{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":{"intValue":"1.5"}}]}}]}',
      /attributes\[0\]\.value\.intValue: got "1\.5", expected a whole number of 64 bits/,
    ],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => readJson(encoder.encode(text)), refused("INVALID_REQUEST", message), text);
  }
  const bytes: readonly (readonly [readonly number[], RegExp])[] = [
    [[0x0a, 5, 1], /: resource_metrics at byte 2: got a length of 5, expected at most the 1/],
    [[0x0a, 2, 0x12, 0x80], /got the end within a number/],
    [[0x0b], /resource_metrics at byte 1: got a group, expected bytes/],
    [[0x13], /got wire type 3, expected one of 0, 1, 2, 5/],
    [[0x0a, 4, 0x12, 2, 0x1a, 5], /schema_url at byte 6: got a length of 5/],
    [[0x0a, 5, 0x12, 3, 0x1a, 1, 0xff], /schema_url at byte 7: got bytes that are not UTF-8/],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], /more than ten bytes/],
  ];
  for (const [list, message] of bytes) {
    assert.throws(() => readProtobuf(Uint8Array.from(list)), refused("INVALID_REQUEST", message));
  }
  // An id of another length is no id.
  const exemplar = { traceId: "0af7", asDouble: 1 };
  const sum = { dataPoints: [{ exemplars: [exemplar] }] };
  const request = requestOf([{ name: "m", sum }]);
  const id = refused("INVALID_REQUEST", /trace_?id/i);
  assert.throws(() => readJson(jsonOtlp(request)), id);
  assert.throws(() => readProtobuf(encodeOtlp(request)), id);
});

test("what is unknown is passed over", () => {
  const request = encodeOtlp(CORPUS["gauges"]!);
  const more = new MessageWriter().number(999, 5).text(77, "x").double(5, 1).finish();
  const read = readAll(readProtobuf(request));
  assert.deepEqual(readAll(readProtobuf(Uint8Array.of(...request, ...more))), read);
  const json = JSON.parse(new TextDecoder().decode(jsonOtlp(CORPUS["gauges"]!)));
  const wider = { ...json, more: [{ a: 1 }] };
  assert.deepEqual(readJson(jsonOtlp(wider)), read);
});

test("few bytes do not make much memory, and values in values end", () => {
  const large = refused("TOO_LARGE", /got more than 1000000 points and attributes/);
  const points = new Uint8Array(2_400_000);
  for (let at = 0; at < points.length; at += 2) points[at] = 0x0a;
  const gauge = new MessageWriter().bytes(5, points);
  const scope = new MessageWriter().message(2, gauge);
  const request = new MessageWriter().message(1, new MessageWriter().message(2, scope)).finish();
  assert.throws(() => readProtobuf(request), large);
  const lists = encoder.encode(`{"resourceMetrics":[${"{},".repeat(2_000_001)}{}]}`);
  assert.throws(() => readJson(lists), refused("TOO_LARGE", /got 2000004 objects and lists/));

  let value: object = { intValue: "1" };
  for (let depth = 0; depth < 40; depth++) value = { arrayValue: { values: [value] } };
  const deep = requestOf([{ name: "m", gauge: { dataPoints: [] } }], { deep: value });
  const tooDeep = refused("INVALID_REQUEST", /values in values, 33 deep, expected at most 32/);
  assert.throws(() => readProtobuf(encodeOtlp(deep)), tooDeep);
  assert.throws(() => readJson(jsonOtlp(deep)), tooDeep);
  assert.throws(() => readJson(encoder.encode("[".repeat(100_000))), WalqError);
});

test("an attribute keeps what it holds, exactly", () => {
  const values = { big: 9007199254740993n, least: -(2n ** 63n), flag: false, none: {} };
  const request = requestOf([], values);
  for (const resources of [readProtobuf(encodeOtlp(request)), readJson(jsonOtlp(request))]) {
    assert.deepEqual(
      resources[0]!.attributes.map(({ value }) => value),
      [9007199254740993n, -(2n ** 63n), false, undefined],
    );
  }
});
