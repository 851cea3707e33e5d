import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LabelPair, ReaderOptions, Relabel } from "../../src/contracts.ts";
import { seriesRelabeler } from "../../src/relabel/series.ts";
import { rule } from "../relabel/support.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { SeriesForm, Signal } from "../support/signals.ts";
import { labelSet, sample } from "./arbitraries.ts";
import {
  alloyFile,
  assertBytes,
  drain,
  holds,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "./support.ts";
import { encodeRows } from "./twin/alloy_v1.ts";
import { encodeVariant } from "./twin/alloy_v1_variants.ts";
import { type Label, label, type Row } from "./twin/model.ts";
import { requestBytes, TwinReader } from "./twin/reader.ts";
import { writeRows } from "./twin/request_write.ts";

const EXTERNAL = { cluster: "eu", a: "external" };

/** Rules of each kind of outcome, and what asks them. */
const RULES: Readonly<Record<string, Relabel>> = {
  none: seriesRelabeler([], "utf8", EXTERNAL),
  all: seriesRelabeler(
    [
      rule({ sourceLabels: ["__name__"], regex: "go_.*", action: "drop" }),
      rule({ sourceLabels: ["a", "path"], targetLabel: "joined" }),
      rule({ regex: "job|é", action: "labeldrop" }),
      rule({ sourceLabels: ["b"], regex: "(.*):.*", targetLabel: "b", replacement: "$1" }),
    ],
    "utf8",
    EXTERNAL,
  ),
  one: seriesRelabeler([rule({ regex: "instance", action: "labelkeep" })], "utf8", {}),
  large: (labels) => {
    const first = labels[0]?.[1] ?? "";
    return first.length % 3 === 0 ? "too_large" : first.length % 3 === 1 ? "unsupported" : [];
  },
};

const row: fc.Arbitrary<Row> = fc.tuple(labelSet, sample, fc.boolean()).map(
  ([labels, oneSample, isReversed]) => ({
    labels: isReversed ? labels.toReversed() : labels,
    sample: oneSample,
    hash: 0n,
  }),
);

const options: fc.Arbitrary<ReaderOptions & { readonly rules: string }> = fc.record({
  rules: fc.constantFrom(...Object.keys(RULES)),
  shards: fc.constantFrom(1, 3),
  requestSignalsMax: fc.constantFrom(2, 1000),
  // Full soon, or never.
  relabeledBytesMax: fc.constantFrom(8 * 1024, 1024 * 1024),
}).map((one) => ({ ...ONE_SHARD, externalLabels: EXTERNAL, ...one, relabel: RULES[one.rules]! }));

const readers = new Map<string, ReturnType<typeof kernel.createReader>>();

test("rows get the labels that the rules make, as the twin's do that remembers nothing", () => {
  holds(
    fc.property(
      options,
      fc.array(fc.array(row, { maxLength: 12 }), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat(1000)),
      ({ rules, ...options }, batches, choices) => {
        const known = JSON.stringify([rules, options]);
        const reader = readers.get(known) ?? kernel.createReader(options);
        // The next case finds what this one has left it to remember.
        readers.set(known, reader);
        const twin = new TwinReader(options);
        // A scrape brings the same series again.
        for (const rows of [...batches, ...batches]) {
          const choose = (count: number) => choices.next().value! % count;
          const file = choose(2) === 0 ? encodeRows(rows) : encodeVariant(rows, choose);
          assert.equal(reader.load(alloyFile(file)).signals, rows.length);
          const before = { ...twin, sealed: twin.sealed.length };
          twin.route(rows, -Infinity);
          const drained = drain(reader);
          assert.equal(drained.unsupported, twin.unsupported - before.unsupported);
          assert.equal(drained.droppedSeries, twin.droppedSeries - before.droppedSeries);
          assert.equal(drained.tooLarge, twin.tooLarge - before.tooLarge);
          const wanted = twin.sealed.slice(before.sealed);
          assert.deepEqual(
            drained.requests.map(({ shard }) => shard),
            wanted.map(({ shard }) => shard),
          );
          drained.requests.forEach(({ body }, i) =>
            assertBytes(openRequest(body), requestBytes(wanted[i]!), "request")
          );
        }
        for (let shard = 0; shard < options.shards; shard++) {
          const rows = twin.open[shard]!;
          assert.equal(reader.openSignals(shard), rows.length);
          if (rows.length === 0) continue;
          assertBytes(openRequest(reader.take(shard)), writeRows(rows), "open request");
        }
      },
    ),
    2,
  );
});

function rowOf(labels: readonly Label[]): Row {
  return { labels, sample: { bits: 0n, timestampMs: 1n }, hash: 0n };
}

/** `count` series of one metric, from a number on. */
function seriesFrom(first: number, count: number): Row[] {
  return Array.from(
    { length: count },
    (_, i) => rowOf([label("__name__", "up"), label("id", String(first + i))]),
  );
}

/** A reader, and how often the rules were asked. */
function counting(relabel: Relabel, more: Partial<ReaderOptions> = {}) {
  const asked: (readonly LabelPair[])[] = [];
  const reader = kernel.createReader({
    ...ONE_SHARD,
    ...more,
    relabel: (labels) => {
      asked.push(labels);
      return relabel(labels);
    },
  });
  const send = (rows: readonly Row[]) => {
    const loaded = reader.load(alloyFile(encodeRows(rows)));
    const { droppedSeries } = drain(reader);
    const form = reader.openSignals(0) === 0
      ? { series: [] }
      : decodeRequest(openRequest(reader.take(0)), "v1");
    return { loaded, droppedSeries, series: form.series };
  };
  return { asked, send };
}

const DROP_ODD: Relabel = (labels) => {
  const id = Number(labels.find(([name]) => name === "id")![1]);
  return id % 2 === 1 ? "dropped" : [...labels, ["zone", "z"]];
};

test("the rules are asked once about each set, whatever they say", () => {
  const { asked, send } = counting(DROP_ODD);
  for (let turn = 0; turn < 3; turn++) {
    const { droppedSeries, series } = send(seriesFrom(0, 100));
    assert.equal(droppedSeries, 50);
    assert.equal(series.length, 50);
    assert.equal(asked.length, 100);
  }
  send(seriesFrom(90, 20));
  assert.equal(asked.length, 110);
});

test("sets that find no room are asked about again, and those that have room are not", () => {
  const { asked, send } = counting(DROP_ODD, { relabeledBytesMax: 32 * 1024 });
  const rows = seriesFrom(0, 1000);
  send(rows);
  assert.equal(asked.length, 1000);
  assert.equal(send(rows).series.length, 500);
  const again = asked.length - 1000;
  assert.ok(again > 0 && again < 1000, `${again} asked again`);
});

test("a memory that is full of series that are gone makes room for others", () => {
  const { asked, send } = counting(DROP_ODD, { relabeledBytesMax: 32 * 1024 });
  send(seriesFrom(0, 1000));
  const rows = seriesFrom(10_000, 50);
  for (let turn = 0; turn < 100; turn++) assert.equal(send(rows).series.length, 25);
  const before = asked.length;
  send(rows);
  assert.equal(asked.length, before);
});

test("sets that become one are told once, with what they became, and both are sent", () => {
  const { send } = counting((labels) => labels.filter(([name]) => name !== "id"));
  const first = send(seriesFrom(0, 3));
  assert.deepEqual(first.loaded.merged, { sets: 2, first: [["__name__", "up"]] });
  assert.equal(first.series.length, 3);
  assert.equal(send(seriesFrom(0, 3)).loaded.merged, undefined);
  assert.deepEqual(send(seriesFrom(3, 1)).loaded.merged?.sets, 1);
});

test("a set that becomes one which is there as it is has become one with it", () => {
  const { send } = counting((labels) => labels.filter(([name]) => name !== "id"));
  const plain = rowOf([label("__name__", "up")]);
  assert.equal(send([plain]).loaded.merged, undefined);
  assert.equal(send(seriesFrom(0, 1)).loaded.merged?.sets, 1);
});

test("sets that become one go by one shard, in their order", () => {
  const reader = kernel.createReader({
    ...ONE_SHARD,
    shards: 16,
    relabel: (labels) => labels.filter(([name]) => name !== "id"),
  });
  reader.load(alloyFile(encodeRows(seriesFrom(0, 40))));
  drain(reader);
  const open = Array.from({ length: 16 }, (_, shard) => reader.openSignals(shard));
  assert.deepEqual(open.filter((signals) => signals > 0), [40]);
});

test("a batch of which the rules leave nothing is through with the first call", () => {
  const { send } = counting(() => "dropped");
  assert.deepEqual(send(seriesFrom(0, 7)).droppedSeries, 7);
});

test("a batch that is discarded has dropped nothing", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, relabel: () => "dropped" });
  reader.load(alloyFile(encodeRows(seriesFrom(0, 7))));
  reader.discard();
  reader.load(alloyFile(encodeRows(seriesFrom(0, 2))));
  assert.equal(drain(reader).droppedSeries, 2);
});

test("more than a batch may hold is too large, and the next batch is not", () => {
  const long = "x".repeat(1024 * 1024);
  let isLong = true;
  const reader = kernel.createReader({
    ...ONE_SHARD,
    relabel: (labels) => [["__name__", isLong ? `${labels[1]![1]}${long}` : "short"]],
  });
  reader.load(alloyFile(encodeRows(seriesFrom(0, 100))));
  const { tooLarge } = drain(reader);
  assert.ok(tooLarge > 30 && tooLarge < 40, `${tooLarge} were too large`);
  if (reader.openSignals(0) > 0) reader.take(0);
  isLong = false;
  reader.load(alloyFile(encodeRows(seriesFrom(200, 3))));
  assert.equal(drain(reader).tooLarge, 0);
  assert.equal(reader.openSignals(0), 3);
});

/** A row whose series has these labels, with a sample so many minutes after the first ones. */
function rowAfter(minutes: number, labels: readonly Label[]): Row {
  return { ...rowOf(labels), sample: { bits: 0n, timestampMs: BigInt(minutes) * 60_000n + 1n } };
}

/** Rows of pods of which the rules leave the metric alone. */
function podRow(minutes: number, pod: string): Row {
  return rowAfter(minutes, [label("__name__", "up"), label("pod", pod)]);
}

const WITHOUT_POD: Relabel = (labels) => labels.filter(([name]) => name !== "pod");

test("a set that became what one became that is gone is not told, and one that is in use is", () => {
  const { send } = counting(WITHOUT_POD);
  const merged = (...rows: Row[]) => send(rows).loaded.merged?.sets;
  assert.equal(merged(podRow(0, "a")), undefined);
  assert.equal(merged(podRow(120, "b")), undefined);
  assert.equal(merged(podRow(124, "c")), 1);
  // Of three, the first is still there when those that came later are gone.
  assert.equal(merged(podRow(240, "a")), undefined);
  assert.equal(merged(podRow(241, "d")), 1);
  // What a backlog brings may be older than what was there before.
  assert.equal(merged(podRow(180, "e")), undefined);
  assert.equal(merged(podRow(178, "f")), 1);
});

test("a set that is still in use is there for the next one, whichever came last", () => {
  const { send } = counting(WITHOUT_POD);
  const merged = (...rows: Row[]) => send(rows).loaded.merged?.sets;
  assert.equal(merged(podRow(0, "a"), podRow(0, "b")), 1);
  assert.equal(merged(podRow(60, "b")), undefined);
  assert.equal(merged(podRow(61, "c")), 1);
  assert.equal(merged(podRow(120, "a")), undefined);
  assert.equal(merged(podRow(121, "d")), 1);
});

test("an exemplar without a time leaves its set in use", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, relabel: WITHOUT_POD });
  const load = (pod: string, signals: readonly Signal[]) => {
    const labels: SeriesForm["labels"] = [["__name__", "up"], ["pod", pod]];
    const writer = kernel.createWriter();
    const request = { series: [{ labels, signals }], metadata: [] };
    writer.addRequest(encodeRequest(request, "v1"), NO_LIMITS);
    const { merged } = reader.load(writer.encode());
    drain(reader);
    if (reader.openSignals(0) > 0) reader.take(0);
    return merged?.sets;
  };
  const sampleAt: Signal = { kind: "sample", timestampMs: 9_000_000n, startMs: 0n, bits: 0n };
  const undated: Signal = { kind: "exemplar", timestampMs: 0n, bits: 0n, exemplarLabels: [] };
  assert.equal(load("a", [sampleAt]), undefined);
  assert.equal(load("a", [undated]), undefined);
  assert.equal(load("b", [sampleAt]), 1);
});

test("sets that find no room are told when they become one within a batch, or with one that is remembered", () => {
  const { asked, send } = counting(WITHOUT_POD, { relabeledBytesMax: 16 * 1024 });
  const named = (name: string, pod: string) => rowOf([label("__name__", name), label("pod", pod)]);
  assert.equal(send([named("first", "p")]).loaded.merged, undefined);
  // These fill the memory, and become one with nothing.
  const others = Array.from({ length: 500 }, (_, i) => named(`m${i}`, "p"));
  assert.equal(send(others).loaded.merged, undefined);
  const before = asked.length;
  const twins = [named("late", "a"), named("late", "b"), named("late", "c"), named("first", "q")];
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(send(twins).loaded.merged, { sets: 3, first: [["__name__", "late"]] });
  }
  assert.equal(asked.length, before + 8);
  // The same set in two blocks is one.
  const twice = encodeVariant(
    [named("twice", "a"), named("other", "a"), named("twice", "a")],
    () => 0,
  );
  const reader = kernel.createReader({
    ...ONE_SHARD,
    relabel: WITHOUT_POD,
    relabeledBytesMax: 1024,
  });
  assert.equal(reader.load(alloyFile(twice)).merged, undefined);
});

test("a set that comes where another one came before is not taken for it, however alike they are", () => {
  const first: Row[] = [
    rowOf([label("__name__", "up"), label("ab", "c"), label("id", "1234567")]),
    rowOf([label("__name__", "up"), label("ab", "c"), label("id", "1234568")]),
    rowOf([label("__name__", "up"), label("ab", "cd"), label("id", "")]),
  ];
  const { asked, send } = counting((labels) => [...labels, ["seen", labels.join()]]);
  const wanted = (rows: readonly Row[]) =>
    rows.map(({ labels }) => labels.map((one) => [one.name, one.value].map(text)).join());
  const seen = (rows: readonly Row[]) =>
    send(rows).series.map(({ labels }) => labels.find(([name]) => name === "seen")![1]);
  const alike = first.flatMap((row, at) =>
    row.labels.flatMap((_, i) =>
      [
        (one: Label): Label => ({ ...one, value: changed(one.value, 0) }),
        (one: Label): Label => ({ ...one, value: changed(one.value, one.value.length - 1) }),
        (one: Label): Label => ({ ...one, name: changed(one.name, one.name.length - 1) }),
        (one: Label): Label => ({ ...one, value: new Uint8Array([...one.value, 0]) }),
      ].map((change) =>
        first.map((other, j) =>
          j === at ? rowOf(row.labels.map((one, k) => k === i ? change(one) : one)) : other
        )
      )
    )
  );
  assert.deepEqual(seen(first), wanted(first));
  for (const rows of alike) {
    assert.deepEqual(seen(first), wanted(first));
    assert.deepEqual(seen(rows), wanted(rows));
    // Now it is remembered, too.
    const before = asked.length;
    assert.deepEqual(seen(rows), wanted(rows));
    assert.equal(asked.length, before);
  }
  // One label more, one less, another order.
  const more = first.map((row) => rowOf([...row.labels, label("z", "")]));
  const less = first.map((row) => rowOf(row.labels.slice(0, -1)));
  const turned = first.map((row) => rowOf(row.labels.toReversed()));
  for (const rows of [more, less, turned, first]) assert.deepEqual(seen(rows), wanted(rows));
});

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The bytes with another one in a place, if there is such a place. */
function changed(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => i === at ? byte ^ 1 : byte);
}

test("what is remembered stays within its memory, whatever comes", () => {
  const Original = WebAssembly.Instance;
  const instances: WebAssembly.Instance[] = [];
  class Watched extends Original {
    constructor(module: WebAssembly.Module) {
      super(module);
      instances.push(this);
    }
  }
  Object.defineProperty(WebAssembly, "Instance", { value: Watched, configurable: true });
  let open: ReturnType<typeof counting>;
  try {
    open = counting((labels) => [...labels, ["long", labels[1]![1].repeat(9)]], {
      relabeledBytesMax: 256 * 1024,
    });
  } finally {
    Object.defineProperty(WebAssembly, "Instance", { value: Original, configurable: true });
  }
  const { asked, send } = open;
  const memoryBytes = () =>
    instances.map(({ exports }) => (exports["memory"] as WebAssembly.Memory).buffer.byteLength);
  for (let turn = 0; turn < 5; turn++) send(seriesFrom(1000 + turn * 200, 200));
  const before = memoryBytes();
  for (let turn = 5; turn < 40; turn++) send(seriesFrom(1000 + turn * 200, 200));
  assert.equal(asked.length, 8000);
  assert.equal(instances.length, 1);
  assert.deepEqual(memoryBytes(), before);
});
