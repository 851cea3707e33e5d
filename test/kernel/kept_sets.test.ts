/** Label sets that a writer keeps from batch to batch: whatever it keeps, it makes the batch of its twin. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AddResult, BatchWriter } from "../../src/contracts.ts";
import { damage, labelSet, sample } from "./arbitraries.ts";
import {
  ALLOY_RULES,
  assertBytes,
  assertCode,
  fileOf,
  holds,
  kernel,
  NO_LIMITS,
} from "./support.ts";
import { encodeRows } from "./twin/alloy_v1.ts";
import { TwinBatch } from "./twin/batch.ts";
import { concat, type Label, label, type Sample } from "./twin/model.ts";
import { isForTwin, Malformed } from "./twin/request_parse.ts";
import { labelField, message, sampleField, seriesField } from "./twin/request_write.ts";

/** Nothing is kept, hardly anything, a part of what comes, all. */
const BOUNDS: readonly number[] = [0, 2048, 4096, 16_384, 16 * 1024 * 1024];
const SAMPLE: Sample = { bits: 1n, timestampMs: 1_700_000_000_000n };

/** A writer and its twin, which keeps nothing. */
class Pair {
  readonly writer: BatchWriter;
  twin: TwinBatch = new TwinBatch();

  constructor(keptBytesMax: number) {
    this.writer = kernel.createWriter({ rules: ALLOY_RULES, keptBytesMax });
  }

  add(body: Uint8Array, cutoffMs: number = -Infinity): void {
    if (!isForTwin(body)) return;
    const bounds = { cutoffMs, latestMs: cutoffMs === 0 ? 1e14 - 1 : Infinity };
    const act = () => this.writer.addRequest(body, { ...NO_LIMITS, ...bounds });
    let wanted: AddResult;
    try {
      wanted = this.twin.add(body, bounds);
    } catch (error) {
      assert.ok(error instanceof Malformed);
      assertCode(act, "INVALID_REQUEST", /got .* at byte \d+/);
      return;
    }
    assert.deepEqual(act(), wanted);
    assert.equal(this.writer.signals, this.twin.rows.length);
  }

  encode(): void {
    const { rows } = this.twin;
    this.twin = new TwinBatch();
    if (rows.length === 0) return;
    assertBytes(fileOf(this.writer.encode()), encodeRows(rows), "the encoded batch");
  }
}

/** Label sets that the same writers meet again and again, in all properties of this file. */
const LONG = label("long", "x".repeat(200));
const POOL: readonly (readonly Label[])[] = [
  [label("__name__", "up")],
  [label("__name__", "up"), label("a", "1")],
  [label("__name__", "up"), label("a", "1"), label("b", "2")],
  [label("__name__", "up"), label("a", "2"), label("b", "1")],
  [label("__name__", "up"), label("a", ""), label("b", "2")],
  [label("b", "2"), label("__name__", "up"), label("a", "1")],
  [label("__name__", "up"), LONG],
  [label("__name__", "up"), LONG, label("z", "ß")],
  [label("__name__", "up"), label("huge", "y".repeat(4090))],
  [label("__name__", "up"), label("huge", "y".repeat(5000))],
  [label("a", "no name")],
  [label("__name__", "up"), label("a", "1"), label("a", "1")],
  [],
  ...Array.from({ length: 12 }, (_, n) => [
    label("__name__", "requests_total"),
    label("code", `${200 + n % 3}`),
    label("instance", `host-${n}.example.com:9100`),
  ]),
];

/** How a series of the pool comes this time. */
type Form = (labels: readonly Label[], samples: readonly Sample[]) => Uint8Array;

/** A field that is no label and nobody knows. */
const OTHER = message(9, message(1, message(1, [97]), message(2, [98])));

const form: fc.Arbitrary<Form> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Form>(seriesField) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Form>(
      (labels, samples) => seriesField(labels.toReversed(), samples),
      (labels, samples) => message(1, ...samples.map(sampleField), ...labels.map(labelField)),
      (labels, samples) =>
        message(1, ...fields(labels.slice(0, 2), samples), ...labels.slice(2).map(labelField)),
      (labels, samples) =>
        message(1, ...fields(labels, samples), labelField(label("zz", "behind")), [0x48, 1]),
      (labels, samples) => message(1, ...fields(labels, samples), OTHER),
      (labels, samples) => message(1, ...labels.map(labelField), OTHER, ...fields([], samples)),
      (labels) => message(1, ...labels.map(labelField), message(2, [0x10, 0x85, 0x00])),
      (labels) => message(1, ...labels.map(labelField), message(2, [])),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(), fc.nat(7)).map(([at, bit]): Form => (labels, samples) => {
      const bytes = seriesField(labels, samples);
      // Behind the head of the field, so that it is one label or sample that differs.
      if (bytes.length > 4) bytes[4 + at % (bytes.length - 4)]! ^= 1 << bit;
      return bytes;
    }),
  },
);

function fields(labels: readonly Label[], samples: readonly Sample[]): Uint8Array[] {
  return [...labels.map(labelField), ...samples.map(sampleField)];
}

const series: fc.Arbitrary<Uint8Array> = fc.tuple(
  fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...POOL) }, { weight: 1, arbitrary: labelSet }),
  form,
  fc.oneof(
    { weight: 3, arbitrary: fc.constant([SAMPLE]) },
    { weight: 1, arbitrary: fc.array(sample, { maxLength: 3 }) },
  ),
).map(([labels, shape, samples]) => shape(labels, samples));

/** A part of the pool in its order, as scrapes come: the next set can be guessed. */
const scrape: fc.Arbitrary<Uint8Array> = fc.tuple(fc.nat(POOL.length - 1), fc.nat(POOL.length))
  .map(([from, count]) =>
    concat(POOL.slice(from, from + count).map((labels) => seriesField(labels, [SAMPLE])))
  );

const request = fc.oneof(scrape, fc.array(series, { maxLength: 12 }).map(concat));

type Step = (pair: Pair) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(request, fc.constantFrom(-Infinity, -Infinity, 0, 1.8e12)).map(
      ([body, cutoffMs]): Step => (pair) => pair.add(body, cutoffMs),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(request, damage).map(([body, harm]): Step => (pair) =>
      pair.add(harm(body), 0)
    ),
  },
  {
    // All of it is added, and then taken back.
    weight: 2,
    arbitrary: request.map((body): Step => (pair) => pair.add(concat([body, [0x0a, 0x7f]]))),
  },
  { weight: 3, arbitrary: fc.constant<Step>((pair) => pair.encode()) },
);

test("sets that come again over requests and batches, in every form, at every bound", () => {
  const pairs = BOUNDS.map((bytes) => new Pair(bytes));
  holds(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
      for (const pair of pairs) {
        for (const act of steps) act(pair);
        pair.encode();
      }
    }),
    2,
  );
});

test("a fresh writer meets the sets for the first, second and third time", () => {
  holds(
    fc.property(
      fc.constantFrom(...BOUNDS),
      fc.array(step, { minLength: 3, maxLength: 10 }),
      (bytes, steps) => {
        const pair = new Pair(bytes);
        for (let turn = 0; turn < 3; turn++) for (const act of steps) act(pair);
        pair.encode();
      },
    ),
    // Each case makes an instance, which is slow on Bun.
    0.3,
  );
});

const JOB = label("job", "node");
const TEXTS = Array.from({ length: 7 }, (_, digit) => label("text", `${digit}`.repeat(5)));

function population(name: string, from: number, count: number): Uint8Array {
  const named = label("__name__", name);
  return concat(
    Array.from({ length: count }, (_, n) =>
      seriesField([
        named,
        label("id", `${from + n}`),
        JOB,
        TEXTS[(from + n) % 7]!,
      ], [SAMPLE])),
  );
}

test("more sets than there is room for, and other ones in their place", () => {
  for (const bytes of [2048, 5000, 20_000, 60_000]) {
    const pair = new Pair(bytes);
    for (const [name, from, scrapes] of [["one", 0, 4], ["one", 60, 12], ["two", 0, 12]] as const) {
      for (let n = 0; n < scrapes; n++) {
        pair.add(population(name, from, 150));
        if (n % 2 === 1) pair.encode();
      }
    }
    pair.encode();
  }
});

test("a writer that met nothing but new series for long finds those that come again", () => {
  const pair = new Pair(1024 * 1024);
  // Expired, so that they are looked at and leave no rows.
  const { writer } = pair;
  for (let n = 0; n < 28; n++) {
    const body = population("new", n * 3000, 3000);
    assert.equal(writer.addRequest(body, { ...NO_LIMITS, cutoffMs: Infinity }).expired, 3000);
  }
  const old = population("old", 0, 300);
  for (let n = 0; n < 20; n++) {
    pair.add(old);
    if (n % 5 === 4) pair.encode();
  }
  pair.encode();
});

test("a set that is kept gets its numbers anew after a request was taken back", () => {
  const pair = new Pair(BOUNDS.at(-1)!);
  const [a, b] = [population("a", 0, 20), population("b", 10, 20)];
  for (let n = 0; n < 3; n++) {
    pair.add(concat([a, b]));
    pair.encode();
  }
  pair.add(concat([b, [0x0a, 0x7f]]));
  pair.add(a);
  pair.add(concat([b, a, [0x0a, 0x7f]]));
  pair.add(b);
  pair.encode();
});

test("a new series among kept sets, and behind them, shares their strings", () => {
  const pair = new Pair(BOUNDS.at(-1)!);
  const kept = population("kept", 0, 30);
  for (let n = 0; n < 3; n++) {
    pair.add(kept);
    pair.encode();
  }
  pair.add(concat([kept, population("kept", 25, 10), kept]));
  pair.encode();
  pair.add(population("other", 5, 10));
  pair.add(concat([kept, [0x0a, 0x7f]]));
  pair.add(kept);
  pair.encode();
});

test("series that come in every batch are known in the end, however many share their place", () => {
  // 512 buckets of 8 places, for about 3 sets each: a few have 9 and more.
  const writer = kernel.createWriter({ keptBytesMax: 1024 * 1024 });
  const body = population("all", 0, 1500);
  let rowsWithLabels: number[] = [];
  for (let n = 0; n < 12; n++) {
    writer.addRequest(body, NO_LIMITS);
    const { handed } = writer.encode();
    const words = handed && new Uint32Array(handed.bytes.slice(0, handed.rows * 4).buffer);
    rowsWithLabels = words ? [...words.filter((word) => word >= 2 ** 31)] : [-1];
  }
  assert.deepEqual(rowsWithLabels, []);
});

test("a series that is cut off is refused, though the bytes of a kept set follow it", () => {
  const pair = new Pair(BOUNDS.at(-1)!);
  const labels = [label("__name__", "up"), label("job", "node")];
  const whole = seriesField(labels, [SAMPLE]);
  for (let n = 0; n < 3; n++) pair.add(concat([whole, whole]));
  for (let length = 0; length < whole[1]!; length++) {
    const cut = whole.slice();
    cut[1] = length;
    pair.add(concat([whole, cut]));
  }
  pair.encode();
});

test("sets of long strings fill their room and write nothing past it", () => {
  for (const bytes of [3000, 9000, 20_000]) {
    const pair = new Pair(bytes);
    for (let scrape = 0; scrape < 6; scrape++) {
      for (let n = 0; n < 12; n++) {
        const text = label("text", String.fromCharCode(97 + n).repeat(700 + 200 * n));
        pair.add(seriesField([label("__name__", "up"), text], [SAMPLE, SAMPLE]));
      }
      pair.add(population("short", 0, 100));
      pair.encode();
    }
  }
});
