/** What intake refuses: series and signals that break a rule, by name of the rule; the rest is kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AddResult, BatchWriter, RequestMessage, WriterRules } from "../../src/contracts.ts";
import { DEFAULT_RULES } from "../../src/kernel/rules.ts";
import { encodeRequest, type Version } from "../support/remote_write.ts";
import type { HistogramForm, LabelPairs, SeriesForm, Signal } from "../support/signals.ts";
import { assertCode, fileOf, kernel, NO_LIMITS } from "./support.ts";
import { concat } from "./twin/model.ts";
import { message, varint } from "./twin/request_write.ts";

const MESSAGES: Record<Version, RequestMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
  appended: "appended",
};
const UP: LabelPairs = [["__name__", "up"], ["job", "node"]];
const SAMPLE: Signal = { kind: "sample", timestampMs: 5n, startMs: 0n, bits: 1n };
const NO_KINDS = { samples: 0, histograms: 0, exemplars: 0, metadata: 0 };

function writerWith(rules: Partial<WriterRules> = {}): BatchWriter {
  return kernel.createWriter({ rules: { ...DEFAULT_RULES, ...rules } });
}

function add(writer: BatchWriter, series: SeriesForm[], version: Version = "v1"): AddResult {
  const body = encodeRequest({ series, metadata: [] }, version);
  return writer.addRequest(body, { ...NO_LIMITS, message: MESSAGES[version] });
}

function labelled(...more: [string, string][]): SeriesForm {
  return { labels: [...UP, ...more], signals: [SAMPLE] };
}

test("limits reject a series by name of the rule and keep the rest", () => {
  const cases: [Partial<WriterRules>, SeriesForm, RegExp][] = [
    [{ labelLimit: 2 }, labelled(["z", "1"]), /more than 2 labels \(label_limit\)/],
    [{ labelNameLengthLimit: 8 }, labelled(["zzzzzzzzz", "1"]), /"zzzzzzzzz" over 8 bytes/],
    [{ labelValueLengthLimit: 4 }, labelled(["z", "ééé"]), /value of label "z" over 4 bytes/],
    [{ names: "legacy" }, labelled(["zü", "1"]), /label "zü".* legacy name scheme/],
    [{ names: "legacy" }, labelled(["z:", "1"]), /label "z:".* legacy/],
    [{ names: "legacy" }, { labels: [["__name__", "up.x"]], signals: [SAMPLE] }, /legacy/],
    [{ names: "legacy" }, { labels: [["__name__", "9up"]], signals: [SAMPLE] }, /legacy/],
  ];
  for (const [rules, bad, pattern] of cases) {
    for (const version of ["v1", "v2"] as const) {
      const writer = writerWith(rules);
      for (let round = 0; round < 3; round++) {
        const result = add(writer, [labelled(), bad, labelled()], version);
        assert.deepEqual([result.accepted, result.invalid], [2, 1]);
        assert.match(result.firstInvalid ?? "", pattern);
      }
    }
  }
  assert.equal(
    add(writerWith({ names: "legacy" }), [
      { labels: [["__name__", "job:up_2:rate"], ["_a9", "é"]], signals: [SAMPLE] },
    ]).accepted,
    1,
  );
});

test("rules that change hold from the next batch on, also for label sets that are kept", () => {
  const writer = writerWith();
  const long = labelled(["z", "12345"]);
  for (let round = 0; round < 4; round++) assert.equal(add(writer, [long]).accepted, 1);
  writer.configure({ ...DEFAULT_RULES, labelValueLengthLimit: 4 });
  assert.equal(add(writer, [long]).accepted, 1, "the open batch goes on by the old rules");
  writer.encode();
  assert.equal(add(writer, [long]).invalid, 1);
});

const OK: HistogramForm = {
  isFloat: false,
  count: 3n,
  sum: 0n,
  schema: 0,
  zeroThreshold: 0n,
  zeroCount: 0n,
  negativeSpans: [],
  negative: [],
  positiveSpans: [[0, 2]],
  positive: [1n, 1n],
  resetHint: 0,
  customValues: [],
};
const ONE = 0x3ff0n << 48n;
const TWO = 0x4000n << 48n;

test("histograms that Prometheus would refuse are invalid, each by its rule", () => {
  const cases: [Partial<HistogramForm>, RegExp][] = [
    [{ schema: 9 }, /schema/],
    [{ schema: -5 }, /schema/],
    [{ count: 4n }, /count does not fit/],
    [{ positiveSpans: [[0, 3]] }, /spans do not fit/],
    [{ positiveSpans: [[0, 4_294_967_295], [0, 4_294_967_295]] }, /spans do not fit/],
    [{ positiveSpans: [[0, 1], [-1, 1]] }, /spans do not fit/],
    [{ positive: [1n, -2n] }, /negative bucket/],
    [{ customValues: [ONE] }, /custom buckets/],
    [{ schema: -53, customValues: [TWO, ONE] }, /custom buckets/],
    [{ schema: -53, customValues: [] }, /custom buckets/],
    [{ schema: -53, customValues: [ONE, TWO], zeroCount: 1n, count: 4n }, /custom buckets/],
  ];
  for (const version of ["v1", "v2"] as const) {
    const writer = writerWith();
    for (const [change, pattern] of cases) {
      const histogram = { ...OK, ...change };
      const signal: Signal = { kind: "histogram", timestampMs: 5n, startMs: 0n, histogram };
      const good: Signal = { ...signal, histogram: OK };
      const result = add(writer, [{ labels: UP, signals: [good, signal, good] }], version);
      assert.deepEqual([result.kinds.histograms, result.invalid], [2, 1], String(pattern));
      assert.match(result.firstInvalid ?? "", pattern);
    }
  }
});

test("an exemplar with labels that break a rule is invalid, its sample is kept", () => {
  for (const version of ["v1", "v2"] as const) {
    const exemplar = (...exemplarLabels: [string, string][]): Signal => ({
      kind: "exemplar",
      timestampMs: 0n,
      bits: 1n,
      exemplarLabels,
    });
    const result = add(writerWith(), [{
      labels: UP,
      signals: [
        SAMPLE,
        exemplar(["a", "1"], ["a", "2"]),
        exemplar(["", "1"]),
        exemplar(["b", "1"], ["a", "2"]),
        exemplar(),
      ],
    }], version);
    assert.deepEqual(result.kinds, { ...NO_KINDS, samples: 1, exemplars: 2 });
    assert.equal(result.invalid, 2);
    assert.match(result.firstInvalid ?? "", /an exemplar/);
  }
});

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const symbols = (...all: string[]): Uint8Array => concat(all.map((one) => message(4, text(one))));
const refs = (...all: number[]): Uint8Array => message(1, ...all.map((one) => varint(BigInt(one))));
const sampleField = message(2, [0x10, 5]);
const V2 = { ...NO_LIMITS, message: "io.prometheus.write.v2.Request" } as const;

test("remote write 2.0: a series that refers to nothing is invalid, the rest is kept", () => {
  const good = message(5, refs(1, 2), sampleField);
  const cases: [Uint8Array, RegExp][] = [
    [
      message(5, refs(1, 2, 9, 77), sampleField),
      /^label reference 9 of 4 symbols in the series at/,
    ],
    [message(5, refs(1), sampleField), /^label references that are odd in number in the series at/],
    [message(5, refs(1, 2)), /^metric "up": no sample, histogram or exemplar in the series at/],
    [message(5, refs(1, 2), sampleField, message(3, [0x08, 0])), /samples and histograms together/],
    [message(5, refs(3, 2), sampleField), /no label "__name__"/],
    [
      message(5, refs(1, 2), sampleField, message(5, [0x08, 1, 0x18, 77])),
      /^metric "up": metadata help reference 77 of 4 symbols in the series at/,
    ],
    [
      message(5, refs(1, 2), sampleField, message(5, [0x08, 1, 0x18, 0, 0x20, 4])),
      /^metric "up": metadata unit reference 4 of 4 symbols in the series at/,
    ],
    [
      message(5, refs(1, 2), sampleField, message(4, refs(3, 12))),
      /^metric "up": an exemplar's label reference 12 of 4 symbols in the series at/,
    ],
    [
      message(5, refs(1, 2), sampleField, message(4, refs(3))),
      /^metric "up": an exemplar's label references that are odd in number in the series at/,
    ],
  ];
  for (const [bad, pattern] of cases) {
    const body = concat([good, bad, symbols("", "__name__", "up", "job"), good]);
    const result = writerWith().addRequest(body, V2);
    assert.ok(result.kinds.samples >= 2 && result.invalid >= 1, String(pattern));
    assert.match(result.firstInvalid ?? "", pattern);
  }
});

test("remote write 2.0: without an empty first symbol it is no request, and nothing of it is kept", () => {
  const writer = writerWith();
  writer.addRequest(
    concat([symbols("", "__name__", "up"), message(5, refs(1, 2), sampleField)]),
    V2,
  );
  const body = concat([symbols("__name__", "up"), message(5, refs(0, 1), sampleField)]);
  assertCode(() => writer.addRequest(body, V2), "INVALID_REQUEST", /symbols/);
  assertCode(() => writer.addRequest(message(5, refs(0, 1), sampleField), V2), "INVALID_REQUEST");
  assert.equal(writer.signals, 1);
  assert.equal(writer.addRequest(new Uint8Array(), V2).accepted, 0);
});

test("remote write 2.0: metadata on many series is one entry, and unpacked references are read", () => {
  const writer = writerWith();
  const metadata = message(5, [0x08, 2, 0x18, 3]);
  const series = message(5, [0x08, 1, 0x08, 2], sampleField, metadata);
  const body = concat([symbols("", "__name__", "up", "help"), series, series, series]);
  assert.deepEqual(writer.addRequest(body, V2).kinds, { ...NO_KINDS, samples: 3, metadata: 1 });
  assert.deepEqual(writer.addRequest(body, V2).kinds, { ...NO_KINDS, samples: 3 });
});

test("a request that is refused leaves the batch as it was, whatever kinds it had", () => {
  const signals: Signal[] = [
    SAMPLE,
    { kind: "histogram", timestampMs: 5n, startMs: 0n, histogram: OK },
    { kind: "exemplar", timestampMs: 5n, bits: 1n, exemplarLabels: [["trace_id", "abc"]] },
  ];
  const metadata = [{ family: "up", type: 2, help: "Is it?", unit: "" }];
  const good = encodeRequest({ series: [{ labels: UP, signals }], metadata }, "v1");
  const other = encodeRequest({
    series: [{ labels: [["__name__", "other"]], signals }],
    metadata: [{ family: "other", type: 1, help: "No.", unit: "s" }],
  }, "v1");
  const writer = writerWith();
  const twin = writerWith();
  for (let round = 0; round < 3; round++) {
    writer.addRequest(good, NO_LIMITS);
    twin.addRequest(good, NO_LIMITS);
    assertCode(
      () => writer.addRequest(concat([other, [0x0a, 0x7f]]), NO_LIMITS),
      "INVALID_REQUEST",
    );
    assert.deepEqual(fileOf(writer.encode()), fileOf(twin.encode()));
  }
});
