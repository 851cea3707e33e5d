import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { block, defaulted, optional, required } from "../src/options/block.ts";
import { duration, flag, integer, list, nested, secret } from "../src/options/kinds.ts";
import type { AnyBlock, Block } from "../src/options/table.ts";

const INNER = {
  delay: defaulted(duration("1ms", "1m"), "1s", { doc: "How long." }),
  count: optional(integer(1, 9), { doc: "How many." }),
};
interface Inner {
  readonly delay?: number | string;
  readonly count?: number;
}
interface CheckedInner {
  readonly delayMs: number;
  readonly count: number | undefined;
}
const inner: Block<Inner, CheckedInner> = block("Inner", "Within.", INNER);

const outer = block("Outer", "Around.", {
  inner: required(nested(inner), { doc: "One." }),
  more: defaulted(list(nested(inner), "thing", { min: 0, max: 2 }), [], { doc: "Some." }),
  isOn: defaulted(flag(), false, { doc: "Whether." }),
}, {
  *rule({ inner, more }) {
    for (const [index, { delayMs }] of more.entries()) {
      if (delayMs > inner.delayMs) yield [["more", index, "delay"], "more than inner.delay"];
    }
  },
});

function issuesOf({ check }: AnyBlock, input: unknown): string[] {
  return (v.safeParse(check, input).issues ?? []).map(({ path, message }) =>
    `${(path ?? []).map(({ key }) => key).join(".")}: ${message}`
  );
}

test("a block checks the blocks within it, fills them in and gives numbers their unit", () => {
  assert.deepEqual(v.parse(outer.check, { inner: { delay: "5s" }, more: [{ count: 2 }] }), {
    inner: { delayMs: 5000, count: undefined },
    more: [{ delayMs: 1000, count: 2 }],
    isOn: false,
  });
});

test("what is wrong within a block within a list is told with its path, and rules hold between them", () => {
  assert.deepEqual(issuesOf(outer, { inner: {}, more: [{ count: 0, delay: 1 }, { x: 1 }] }), [
    "more.0.count: got 0, expected a whole number from 1 to 9",
    "more.1.x: unknown key, expected one of delay, count",
  ]);
  assert.deepEqual(issuesOf(outer, { inner: {}, more: [{}, { delay: "2s" }] }), [
    "more.1.delay: more than inner.delay",
  ]);
  assert.deepEqual(issuesOf(outer, { inner: {}, more: [{}, {}, {}] }), [
    "more: got 3 things, expected at most 2",
  ]);
  assert.deepEqual(issuesOf(outer, {}), ["inner: missing, and there is no default"]);
});

test("of what is secret nothing is shown, nor of what stands in its place", () => {
  const token = required(secret("a token", (text) => text !== "hunter2"), { doc: "A secret." });
  const hiding = block("Hiding", "Hides.", { token }, { hides: true });
  const inputs = [{ token: "hunter2" }, { token: [2] }, "hunter2", { token: "a", hunter2: 1 }];
  for (const input of inputs) {
    const issues = issuesOf(hiding, input);
    assert.notDeepEqual(issues, []);
    assert.doesNotMatch(issues.join(), /hunter2/);
  }
});

test("a table and its interface have the same options, or they do not compile", () => {
  // @ts-expect-error: the rows lack `size`, which is optional.
  const lacksOne: Block<Inner & { readonly size?: number }, CheckedInner> = inner;
  // @ts-expect-error: the interface lacks `count`.
  const lacksOther: Block<Omit<Inner, "count">, CheckedInner> = inner;
  // @ts-expect-error: another type is given.
  const givesOther: Block<Omit<Inner, "count"> & { readonly count?: string }, CheckedInner> = inner;
  // @ts-expect-error: more could be given.
  const givesMore: Block<Inner & { readonly count?: 1 }, CheckedInner> = inner;
  // @ts-expect-error: it has to be given.
  const isGiven: Block<Required<Inner>, CheckedInner> = inner;
  // @ts-expect-error: the checked one lacks `count`.
  const checksOne: Block<Inner, Omit<CheckedInner, "count">> = inner;
  // @ts-expect-error: a number that is checked is not a text.
  const checksOther: Block<Inner, CheckedInner & { readonly delayMs: string }> = inner;
  // The compiler is the judge; here is one that it takes.
  const same: Block<Inner, CheckedInner> = inner;
  const wrong = [lacksOne, lacksOther, givesOther, givesMore, isGiven, checksOne, checksOther];
  for (const one of wrong) assert.equal(one as unknown, same);
});
