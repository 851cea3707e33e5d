/** Series that are known from a request before: whatever is remembered, what comes of requests is the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readOtlp } from "../../src/otlp/content.ts";
import { type KnownMetric, KnownSeries } from "../../src/otlp/known_series.ts";
import { RawAttributes } from "../../src/otlp/raw_attributes.ts";
import type { OtlpOptions } from "../../src/otlp/settings.ts";
import { resolveOtlp } from "../../src/otlp/settings.ts";
import { translate } from "../../src/otlp/translate.ts";
import { MessageWriter } from "../../src/protobuf.ts";
import { attributesOf, encodeOtlp, requestOf } from "../support/otlp.ts";
import { CORPUS, REFUSED } from "./corpus.ts";
import { SEQUENCES } from "./delta_corpus.ts";
import { RecordingSink, SeriesTable } from "./recording_sink.ts";

const BYTES_MAX = 1 << 24;

const OPTIONS: readonly OtlpOptions[] = [
  {},
  { translationStrategy: "NoTranslation", promoteScopeMetadata: true, deltas: "native" },
  { convertHistogramsToNhcb: true, promoteAllResourceAttributes: true, typeAndUnitLabels: true },
];

const REQUESTS = [CORPUS, REFUSED].flatMap((all) => Object.values(all))
  .concat(Object.values(SEQUENCES).flat())
  .map(encodeOtlp);

function take(body: Uint8Array, sink: RecordingSink, options: OtlpOptions, known?: KnownSeries) {
  const settings = resolveOtlp(options);
  const told = translate(readOtlp(body, "protobuf"), sink, {
    settings,
    bytesMax: BYTES_MAX,
    known,
  });
  return { told, rows: sink.rows, metadata: sink.metadata };
}

for (const [at, options] of OPTIONS.entries()) {
  test(`requests in any order are what each is alone, by the settings ${at}`, () => {
    const requests = fc.array(
      fc.record({
        place: fc.nat({ max: REQUESTS.length - 1 }),
        forgets: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 12 },
    );
    let byRef = 0;
    fc.assert(
      fc.property(requests, fc.constantFrom(1 << 24, 8_000), (script, bytesMax) => {
        const table = new SeriesTable();
        const known = new KnownSeries(bytesMax);
        for (const { place, forgets } of script) {
          const body = REQUESTS[place]!;
          const got = take(body, new RecordingSink(table), options, known);
          assert.deepEqual(got, take(body, new RecordingSink(), options));
          assert.ok(known.bytes <= bytesMax + 2_000);
          if (forgets < 3) table.forget((ref) => ref % (forgets + 1) === 0);
        }
        byRef += table.byRefCount;
      }),
      { numRuns: 60 },
    );
    assert.ok(byRef > 0);
  });
}

function requestWith(attributes: Readonly<Record<string, unknown>>): Uint8Array {
  const point = { attributes: attributesOf(attributes), asInt: "1", timeUnixNano: "1000000" };
  return encodeOtlp(requestOf([{ name: "m", gauge: { dataPoints: [point] } }]));
}

test("a series that is known is appended by its reference, and not translated again", () => {
  const table = new SeriesTable();
  const known = new KnownSeries();
  for (const attributes of [{ a: "1" }, {}, { a: "1" }, {}]) {
    take(requestWith(attributes), new RecordingSink(table), {}, known);
  }
  assert.equal(table.byRefCount, 2);
});

test("what was made by other settings, or is in another queue, is forgotten", () => {
  const known = new KnownSeries();
  const [one, other] = [{}, {}];
  take(requestWith({ a: "1" }), new RecordingSink(), {}, known.for(one, OPTIONS));
  const { bytes } = known;
  assert.ok(bytes > 0);
  assert.equal(known.for(one, OPTIONS).bytes, bytes);
  assert.equal(known.for(other, OPTIONS).bytes, 0);
});

test("bytes that others have taken the place of are not taken for them", () => {
  const known = new KnownSeries(4_000);
  const [resource] = readOtlp(requestWith({}), "protobuf");
  const [scope] = resource!.scopes;
  const metricOf = (name: string): KnownMetric =>
    known.scope(resource!, scope!).metric({ ...scope!.metrics[0]!, name });
  const raw = (text: string): RawAttributes => {
    const bytes = new TextEncoder().encode(text);
    const view = new DataView(bytes.buffer);
    return new RawAttributes({ bytes, view }, 0, bytes.length, () => []);
  };
  const point = (ref: number) => ({ refs: [ref], rowBytes: 1, bounds: [], hasSum: false });
  const first = metricOf("first");
  first.remember(raw("aaaa"), undefined, point(1));
  first.remember(raw("bbbb"), undefined, point(2));
  // Each is expected behind the other one.
  for (const text of ["aaaa", "bbbb", "aaaa"]) assert.ok(first.find(raw(text)));
  known.clear();
  const second = metricOf("second");
  second.remember(raw("cccc"), undefined, point(3));
  second.remember(raw("dddd"), undefined, point(4));
  assert.equal(first.find(raw("dddd")), undefined);
  first.remember(raw("eeee"), undefined, point(5));
  assert.equal(first.find(raw("eeee")), undefined);
  assert.deepEqual(second.find(raw("dddd"))?.refs, [4]);
});

test("attributes that are not next to each other are attributes all the same", () => {
  const attribute = (key: string): MessageWriter =>
    new MessageWriter().text(1, key).message(2, new MessageWriter().text(1, "v"));
  const point = new MessageWriter()
    .message(7, attribute("a"))
    .message(7, attribute("b"))
    .doubleBits(4, 0x3ff0_0000_0000_0000n)
    .message(7, attribute("c"));
  const metric = new MessageWriter().text(1, "m").message(5, new MessageWriter().message(1, point));
  const scope = new MessageWriter().message(2, new MessageWriter().message(2, metric));
  const body = new MessageWriter().message(1, scope).finish();
  const { rows } = take(body, new RecordingSink(), {}, new KnownSeries());
  assert.deepEqual(rows.map(({ labels }) => labels), [{ __name__: "m", a: "v", b: "v", c: "v" }]);
});

test("attributes that cannot be read refuse the whole request", () => {
  const broken = new MessageWriter().bytes(7, Uint8Array.of(10, 5, 65));
  const metric = new MessageWriter().text(1, "m").message(
    5,
    new MessageWriter().message(1, broken),
  );
  const scope = new MessageWriter().message(2, new MessageWriter().message(2, metric));
  const body = new MessageWriter().message(1, scope).finish();
  assert.throws(() => take(body, new RecordingSink(), {}), {
    code: "INVALID_REQUEST",
    message:
      /^Cannot read OTLP: number_data_point.attributes at byte \d+: got a length of 5, expected at most/,
  });
});
