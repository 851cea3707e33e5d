/** Random requests: mostly valid, with every way of not being so. */
import fc from "fast-check";
import { concat, type Label, type Sample, utf8 } from "./twin/model.ts";
import { codePoint } from "../support/code_point.ts";
import { message, seriesField } from "./twin/request_write.ts";

export const STALE_NAN: bigint = 0x7ff0_0000_0000_0002n;

const commonNames = [
  "__name__",
  "a",
  "b",
  "instance",
  "job",
  "path",
  "__meta",
  "é",
  "a_longer_name",
];

/** Few enough that they come again, so that the string table and the row before matter. */
const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...commonNames).map(utf8) },
  { weight: 2, arbitrary: fc.string({ unit: codePoint, maxLength: 40 }).map(utf8) },
);

const value = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom("", "up", "x", "0123456789abcdef", "host:9090").map(utf8),
  },
  { weight: 4, arbitrary: fc.string({ unit: codePoint, maxLength: 30 }).map(utf8) },
  { weight: 1, arbitrary: fc.integer({ min: 120, max: 400 }).map((n) => utf8("v".repeat(n))) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 12 }) },
);

const oneLabel: fc.Arbitrary<Label> = fc.record({ name, value });

const sortedLabels: fc.Arbitrary<Label[]> = fc.tuple(
  fc.constantFrom("up", "go_goroutines", "http_requests_total"),
  fc.subarray(commonNames.slice(1)),
  fc.array(value, { minLength: 10, maxLength: 10 }),
).map(([metric, names, values]) => {
  const labels = names.map((text, i) => ({ name: utf8(text), value: values[i]! }));
  return [{ name: utf8("__name__"), value: utf8(metric) }, ...labels];
});

export const labelSet: fc.Arbitrary<Label[]> = fc.oneof(
  { weight: 6, arbitrary: sortedLabels },
  { weight: 3, arbitrary: fc.array(oneLabel, { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(oneLabel, { maxLength: 45 }) },
);

export const sample: fc.Arbitrary<Sample> = fc.record({
  bits: fc.oneof(
    fc.constantFrom(0n, 1n << 63n, STALE_NAN, 0x7ff8_0000_0000_0001n, 0x3ff0_0000_0000_0000n),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  ),
  timestampMs: fc.oneof(
    fc.bigInt({ min: -100n, max: 100n }),
    fc.bigInt({ min: 1_700_000_000_000n, max: 1_700_000_100_000n }),
    fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  ),
});

/** Fields that nobody knows. Other kinds of signals are for test/roundtrip. */
const seriesExtra = fc.constantFrom(
  message(9, utf8("unknown")),
  new Uint8Array([0x7d, 1, 2, 3, 4]),
);

const seriesBytes: fc.Arbitrary<Uint8Array> = fc.tuple(
  labelSet,
  fc.array(sample, { maxLength: 3 }),
  fc.option(seriesExtra, { freq: 6 }),
).map(([labels, samples, extra]) => {
  if (extra === null) return seriesField(labels, samples);
  return message(1, extra, ...parts(labels, samples));
});

function parts(labels: readonly Label[], samples: readonly Sample[]): Uint8Array[] {
  const field = seriesField(labels, samples);
  let at = 1;
  while (field[at]! >= 0x80) at++;
  return [field.subarray(at + 1)];
}

const requestExtra = fc.constantFrom(
  message(7, utf8("unknown")),
  new Uint8Array([0x40, 1]),
);

export const request: fc.Arbitrary<Uint8Array> = fc.array(
  fc.oneof({ weight: 9, arbitrary: seriesBytes }, { weight: 1, arbitrary: requestExtra }),
  { maxLength: 14 },
).map(concat);

/** What happens to bytes on the way: flips, cuts, insertions. */
export const damage: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.array(
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255), how: fc.nat(3) }),
  { minLength: 1, maxLength: 3 },
).map((steps) => (bytes: Uint8Array) => {
  let result: Uint8Array = bytes.slice();
  for (const { at, byte, how } of steps) {
    const place = Math.min(Math.floor(at * result.length), Math.max(0, result.length - 1));
    if (how === 0 && result.length > 0) result[place] = byte;
    else if (how === 1 && result.length > 0) result[place]! ^= 1 << (byte & 7);
    else if (how === 2) result = result.slice(0, place);
    else result = concat([result.subarray(0, place), [byte], result.subarray(place)]);
  }
  return result;
});
