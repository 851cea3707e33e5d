import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import { SeriesCache } from "../../src/appender/series.ts";

test("the same labels have the same reference", () => {
  const cache = new SeriesCache(1_000_000);
  const one = cache.byLabels({ __name__: "up", job: "a" });
  assert.equal(cache.byLabels({ __name__: "up", job: "a" }).ref, one.ref);
  assert.notEqual(cache.byLabels({ __name__: "up", job: "b" }).ref, one.ref);
  assert.equal(cache.byRef(one.ref), one);
});

test("names and values that run together are not confused", () => {
  const cache = new SeriesCache(1_000_000);
  const one = cache.byLabels({ __name__: "a", b: "1:c" });
  const other = cache.byLabels({ __name__: "a", "b1:": "c" });
  assert.notEqual(one.ref, other.ref);
});

test("the cache keeps to its bound, and what is used stays", () => {
  const cache = new SeriesCache(10_000);
  const hot = cache.byLabels({ __name__: "hot" });
  for (let index = 0; index < 1000; index++) {
    cache.byLabels({ __name__: "cold", index: String(index) });
    assert.ok(cache.byRef(hot.ref), `evicted at ${index}`);
  }
  assert.ok(cache.size < 40, `${cache.size} entries`);
  assert.equal(cache.byRef(hot.ref + 1), undefined);
});

test("each eviction goes on where the one before stood", (context) => {
  const cache = new SeriesCache(10_000);
  let walks = 0;
  for (const name of ["entries", Symbol.iterator] as const) {
    const begin = Map.prototype[name];
    context.mock.method(Map.prototype, name, function (this: Map<unknown, unknown>) {
      walks++;
      return begin.call(this);
    });
  }
  // A walk from the front passes what was deleted there: with many series that is most of the time.
  for (let index = 0; index < 1000; index++) cache.byLabels({ __name__: "m", index: `${index}` });
  context.mock.restoreAll();
  assert.ok(cache.size < 40, `${cache.size} entries`);
  assert.ok(walks < 10, `${walks} walks`);
});

test("what was just added is known, however hot the rest is", () => {
  const cache = new SeriesCache(2000);
  const refs: number[] = [];
  for (let index = 0; index < 100; index++) {
    for (const ref of refs) cache.byRef(ref);
    const { ref } = cache.byLabels({ __name__: "m", index: String(index) });
    assert.ok(cache.byRef(ref), `added as number ${index}`);
    refs.push(ref);
  }
});

test("a reference is never given twice", () => {
  const cache = new SeriesCache(1);
  const refs = new Set<number>();
  for (let index = 0; index < 100; index++) {
    refs.add(cache.byLabels({ __name__: "m", index: String(index % 3) }).ref);
  }
  assert.equal(refs.size, 100);
});

test("labels that break a rule are refused with what was got", () => {
  const cache = new SeriesCache(1_000_000);
  const cases: [Record<string, string>, RegExp][] = [
    [{ job: "a" }, /expected a label "__name__"/],
    [{ __name__: "" }, /expected a label "__name__"/],
    [{ __name__: "m", "": "x" }, /empty label name/],
    [{ __name__: "m", a: "\ud800" }, /not valid Unicode/],
    [{ __name__: "m", "\udfff": "x" }, /not valid Unicode/],
    [{ __name__: "m", a: 5 as unknown as string }, /got a number, expected a string/],
  ];
  for (const [labels, message] of cases) {
    assert.throws(
      () => cache.byLabels(labels),
      (error) =>
        error instanceof WalqError && error.code === "INVALID_LABELS" &&
        message.test(error.message),
    );
  }
  assert.equal(cache.size, 0);
});
