/** Pages that are pushed: nobody says that a series ended, and none may say when it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageRules } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { encodePage } from "../support/metric_family.ts";
import { formOf, inOrder, RULES } from "./page_forms.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const kernel = await loadKernel();

/** The labels and values that are sent of pages which are all kept, one after the other. */
function sentOf(pages: readonly string[], rules: PageRules): string[][] {
  const target = kernel.createPageParser().openTarget();
  return pages.map((page) => {
    target.read(encode(page), rules, inOrder);
    const { sent } = formOf(target);
    target.keep();
    return sent.map(({ labels, value }) => `${labels} ${value}`);
  });
}

test("a series that is not in the next page has ended, unless nobody is to say so", () => {
  const pages = ["a 1\nb 2\n", "b 3\n", "a 4\n"];
  const counts = (rules: PageRules): number[] => sentOf(pages, rules).map((sent) => sent.length);
  assert.deepEqual(counts(RULES), [2, 2, 2]);
  assert.deepEqual(counts({ ...RULES, tellsNoEnds: true }), [2, 1, 1]);
});

const timed = { name: "t", type: "GAUGE", metric: [{ gauge: { value: 1 }, timestamp_ms: 5 }] };
const untimed = { name: "t", type: "GAUGE", metric: [{ gauge: { value: 1 } }] };
for (
  const [protocol, wrong, right, where] of [
    [
      "PrometheusText0.0.4",
      encode("a 1\nb 2 5\n"),
      encode("a 1\nb 2 \n"),
      /^line 2: got "5" at byte 5/,
    ],
    [
      "OpenMetricsText1.0.0",
      encode("a 1\nb 2 5\n# EOF\n"),
      encode('# TYPE b counter\nb_total 1 # {x="y"} 1 5\n# EOF\n'),
      /^line 2: got "5" at byte 5/,
    ],
    ["PrometheusProto", encodePage(timed), encodePage(untimed), /^got something else at byte \d+/],
  ] as const
) {
  test(`a timestamp is refused in ${protocol}, and the next page is read`, () => {
    const rules = { ...RULES, protocol, refusesTimestamps: true };
    const target = kernel.createPageParser().openTarget();
    // What is known of a line does not matter.
    for (let round = 0; round < 2; round++) {
      assert.throws(() => target.read(wrong, rules, inOrder), (error: unknown) => {
        assert.ok(error instanceof PageError);
        assert.match(error.message, where);
        assert.match(error.message, /no timestamp, as pushed metrics must not have one$/);
        return true;
      });
      assert.ok(target.read(right, rules, inOrder).scraped > 0);
      target.keep();
    }
    assert.ok(target.read(wrong, { ...rules, refusesTimestamps: false }, inOrder).scraped > 0);
  });
}
