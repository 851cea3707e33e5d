/** What becomes of the pages of a target, one after the other; the formats have tests of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PageRules, SeriesRelabel, TargetPages } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { formOf, inAnyEnd, inOrder, type PageForm, RULES, twinForm } from "./page_forms.ts";
import { TwinRefusal } from "./twin/page_model.ts";
import { readTextPage } from "./twin/page_text.ts";
import { TwinTarget } from "./twin/page_target.ts";

const kernel = await loadKernel();
const parser = kernel.createPageParser();
const encoder = new TextEncoder();

function read(
  target: TargetPages,
  page: string,
  rules: Partial<PageRules> = {},
  relabel: SeriesRelabel = inOrder,
): ReturnType<TargetPages["read"]> {
  return target.read(encoder.encode(page), { ...RULES, ...rules }, relabel);
}

/** Reads and keeps a page; what of it is sent. */
function take(target: TargetPages, page: string, rules: Partial<PageRules> = {}): PageForm {
  read(target, page, rules);
  const form = formOf(target);
  target.keep();
  return form;
}

const STALE = "7ff0000000000002";

function names(form: PageForm, value?: string): string[] {
  return form.sent.filter((one) => value === undefined || one.value === value)
    .map(({ labels }) => JSON.parse(labels).find(([name]: string[]) => name === "__name__")[1]);
}

test("a series that vanishes is stale at the time of the page, once", () => {
  const target = parser.openTarget();
  take(target, "a 1\nb 2\n");
  const second = take(target, "b 3\n", { scrapedMs: 1_700_000_015_000 });
  assert.deepEqual(names(second, STALE), ["a"]);
  assert.equal(second.sent.at(-1)!.timestampMs, "1700000015000");
  assert.deepEqual(names(take(target, "b 4\n"), STALE), []);
  target.close();
});

test("a page that is forgotten never was: the next one tells the ends again", () => {
  const target = parser.openTarget();
  take(target, "a 1\nb 2\n");
  for (let times = 0; times < 2; times++) {
    const counts = read(target, "b 3\nc 4\n");
    assert.equal(counts.added, 1);
    assert.deepEqual(names(formOf(target), STALE), ["a"]);
    target.forget();
  }
  assert.equal(target.series, 2);
  target.close();
});

test("when a scrape fails every series is stale, and when they come back none is new", () => {
  const target = parser.openTarget();
  take(target, "a 1\nb 2\n");
  target.readNothing(RULES.scrapedMs);
  assert.deepEqual(names(formOf(target), STALE), ["a", "b"]);
  target.keep();
  target.readNothing(RULES.scrapedMs);
  assert.deepEqual(formOf(target).sent, []);
  target.keep();
  assert.equal(read(target, "a 1\nb 2\n").added, 0);
  target.keep();
  target.close();
});

test("series with timestamps of their own become stale only where that is asked for", () => {
  for (const trackTimestampsStaleness of [false, true]) {
    const target = parser.openTarget();
    take(target, "a 1 1700000000000\nb 2\n", { trackTimestampsStaleness });
    const ended = names(take(target, "c 1\n", { trackTimestampsStaleness }), STALE);
    assert.deepEqual(ended, trackTimestampsStaleness ? ["a", "b"] : ["b"]);
    target.close();
  }
});

test("timestamps that do not count are not there", () => {
  const target = parser.openTarget();
  const [sample] = take(target, "a 1 17\n", { honorTimestamps: false }).sent;
  assert.equal(sample!.timestampMs, String(RULES.scrapedMs));
  target.close();
});

test("a series that relabeling drops is not asked about again, and counts as scraped", () => {
  const target = parser.openTarget();
  let asked = 0;
  const relabel: SeriesRelabel = (labels) => {
    asked++;
    return labels[0]![1] === "a" ? "dropped" : inOrder(labels);
  };
  for (let times = 0; times < 3; times++) {
    const { scraped, kept } = read(target, "a 1\nb 2\n", {}, relabel);
    assert.deepEqual([scraped, kept], [2, 1]);
    target.keep();
  }
  assert.equal(asked, 2);
  target.relabelAnew();
  assert.equal(read(target, "a 1\nb 2\n").added, 1);
  assert.deepEqual(names(formOf(target)), ["a", "b"]);
  target.keep();
  target.close();
});

test("other rules for labels: series that are other ones now end, the same ones do not", () => {
  const target = parser.openTarget();
  take(target, "a 1\nb 2\n");
  target.relabelAnew();
  read(target, "a 1\nb 2\n", {}, (labels) => [["__name__", labels[0]![1].replace("b", "c")]]);
  const form = formOf(target);
  assert.deepEqual(names(form), ["a", "c", "b"]);
  assert.deepEqual(names(form, STALE), ["b"]);
  target.keep();
  target.close();
});

test("two lines that become one series: the second is left out, and it ends with the last of them", () => {
  const target = parser.openTarget();
  const relabel: SeriesRelabel = () => [["__name__", "one"]];
  const counts = read(target, "a 1\nb 2\nb 3 17\n", {}, relabel);
  assert.deepEqual([counts.kept, counts.duplicates, counts.added], [3, 1, 2]);
  assert.equal(formOf(target).sent.length, 2);
  target.keep();
  read(target, "b 1\n", {}, relabel);
  assert.deepEqual(names(formOf(target)), ["one"]);
  target.keep();
  target.close();
});

test("when relabeling throws, the page is refused with its error and never was", () => {
  const target = parser.openTarget();
  take(target, "a 1\n");
  const boom = new Error("label_limit");
  const relabel: SeriesRelabel = () => {
    throw boom;
  };
  assert.throws(() => read(target, "a 1\nb 2\nc 3\n", {}, relabel), boom);
  assert.deepEqual(names(take(target, "b 1\n")), ["b", "a"]);
  target.close();
});

test("more samples than may be refuse the page; those of dropped series do not count", () => {
  const target = parser.openTarget();
  const relabel: SeriesRelabel = (labels) => labels[0]![1] === "a" ? "dropped" : inOrder(labels);
  assert.equal(read(target, "a 1\nb 2\nc 2\n", { sampleLimit: 2 }, relabel).kept, 2);
  target.keep();
  assert.throws(
    () => read(target, "a 1\nb 2\nc 2\nd 1\n", { sampleLimit: 2 }, relabel),
    (error: unknown) => error instanceof PageError && /sample_limit/.test(error.message),
  );
  assert.equal(target.series, 2);
  target.close();
});

test("samples too far ahead are left out and counted; a series of which nothing came is not tracked", () => {
  const target = parser.openTarget();
  const late = RULES.latestMs + 1;
  const counts = read(target, `a 1 ${late}\nb 2 ${RULES.latestMs}\n`, {
    trackTimestampsStaleness: true,
  });
  assert.deepEqual([counts.kept, counts.tooFarAhead, counts.added], [2, 1, 1]);
  target.keep();
  assert.deepEqual(names(take(target, "c 1\n"), STALE), ["b"]);
  target.close();
});

test("metadata of families that are new or have changed, or of all", () => {
  const target = parser.openTarget();
  const page = "# HELP a one\n# TYPE a counter\na 1\n# HELP b two\nb 1\n";
  read(target, page);
  assert.equal(formOf(target, "changed").families.length, 2);
  target.keep();
  read(target, page);
  assert.deepEqual(formOf(target, "changed").families, []);
  assert.equal(formOf(target, "all").families.length, 2);
  target.keep();
  read(target, page.replace("two", "three"));
  assert.deepEqual(formOf(target, "changed").families, ['["b","unknown","three",""]']);
  target.forget();
  assert.deepEqual(target.metadata().map(({ help }) => help), ["one", "two"]);
  target.close();
});

test("the room that a target's first page took while it grew is given back", () => {
  for (const count of [300, 400, 500, 600, 700, 800]) {
    const target = parser.openTarget();
    const lines = Array.from({ length: count }, (_, i) => `metric{number="${1000 + i}"} 1\n`);
    take(target, lines.join(""));
    // A line and its labels, with an eighth more, and what finds them: between two and four slots each.
    const bytesMax = count * ((56 + 24 + 40 + 40) * 9 / 8 + 2 * 4 * 8) + 8;
    assert.ok(target.heldBytes <= bytesMax, `${target.heldBytes} bytes for ${count} series`);
    assert.equal(names(take(target, lines.join(""))).length, count);
    target.close();
  }
});

test("what is remembered is bounded by what is scraped", () => {
  const target = parser.openTarget();
  const pageOf = (from: number): string =>
    Array.from({ length: 500 }, (_, i) => `metric{number="${from + i}"} 1\n`).join("");
  take(target, pageOf(0));
  const held = target.heldBytes;
  for (let page = 1; page < 40; page++) take(target, pageOf(page * 250));
  assert.ok(target.heldBytes < 5 * held, `${target.heldBytes} bytes after ${held}`);
  for (let page = 0; page < 40; page++) {
    assert.throws(() => read(target, `${pageOf(100_000 + page * 500)}bad {\n`), PageError);
  }
  assert.ok(target.heldBytes < 5 * held, `${target.heldBytes} bytes after ${held}`);
  assert.equal(names(take(target, "a 1\n"), STALE).length, 500);
  target.close();
});

test("a giant page gives its memory back, and what was known of targets moves along", () => {
  const own = kernel.createPageParser();
  const target = own.openTarget();
  const other = own.openTarget();
  take(target, "# HELP a one\na 1\nb 2\n");
  const text = "x".repeat(40_000_000);
  read(other, `a{b="${text}"} 1\n`, {}, () => "dropped");
  other.keep();
  other.close();
  assert.deepEqual(names(take(target, "b 3\n")), ["b", "a"]);
  target.close();
});

/** Lines to make pages of: few names, so that they come again. */
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constantFrom("a", "b_bucket", "b_sum", '{"q.r",', "  a"),
      fc.constantFrom(
        "",
        "{}",
        '{le="1"}',
        '{le="1.0"}',
        '{x="\\"y\\n\\\\",le="+Inf",}',
        '{ "ü" = "v" }',
      ),
      fc.constantFrom("1", "-0", "NaN", "+Inf", "1e3", "0.30000000000000004", "123456789012345678"),
      fc.constantFrom("", "", "", " 1700000000000", " 17", " 1800000000000"),
    ).map(([name, labels, value, time]) => {
      const isOpen = name.endsWith(",");
      const series = isOpen ? `${name}${labels === "" ? "}" : labels.slice(1)}` : name + labels;
      return `${series} ${value}${time}`;
    }),
  },
  fc.constantFrom(
    "# HELP a some \\n help",
    "# HELP a other",
    "# TYPE a counter",
    "# TYPE b histogram",
    "# TYPE b untyped",
    "# a comment",
    "",
  ),
);

const pages = fc.array(
  fc.record({
    lines: fc.array(line, { maxLength: 12 }),
    outcome: fc.constantFrom("keep", "keep", "keep", "forget", "fail"),
    trackTimestampsStaleness: fc.boolean(),
    refusesTimestamps: fc.constantFrom(false, false, true),
    metadata: fc.constantFrom<("changed" | "all")[]>("changed", "all"),
  }),
  { minLength: 1, maxLength: 6 },
);

/** What the twin makes of a page, if it takes it. */
function orRefused<T>(read: () => T): T | "refused" {
  try {
    return read();
  } catch (error) {
    if (error instanceof TwinRefusal) return "refused";
    throw error;
  }
}

test("pages in a row are what the slow twin makes of them", () => {
  const relabel: SeriesRelabel = (labels) => {
    if (labels.some(([, value]) => value === "v")) return "dropped";
    // Two forms of one name become one.
    return inOrder(labels.map(([name, value]) => [name, value.trim()] as const));
  };
  fc.assert(
    fc.property(pages, fc.boolean(), (all, tellsNoEnds) => {
      const target = parser.openTarget();
      const twin = new TwinTarget();
      all.forEach(({ lines, outcome, metadata, ...some }, index) => {
        const rules = {
          ...RULES,
          ...some,
          tellsNoEnds,
          scrapedMs: RULES.scrapedMs + 15_000 * index,
        };
        const text = lines.map((one) => `${one}\n`).join("");
        if (outcome === "fail" || text === "") {
          target.readNothing(rules.scrapedMs);
          const wanted = twinForm(twin.readNothing(rules.scrapedMs));
          assert.deepEqual(inAnyEnd(formOf(target)), inAnyEnd(wanted));
        } else {
          const wanted = orRefused(() => twin.read(readTextPage(text), rules, relabel));
          if (wanted === "refused") {
            assert.throws(() => read(target, text, rules, relabel), PageError);
            return;
          }
          const { counts, request } = wanted;
          assert.deepEqual(read(target, text, rules, relabel), counts);
          const form = formOf(target, metadata);
          assert.deepEqual(inAnyEnd(form), inAnyEnd(twinForm(request, metadata)));
        }
        if (outcome === "forget") {
          target.forget();
          twin.forget();
        } else {
          target.keep();
          twin.keep();
        }
      });
      target.close();
    }),
    { numRuns: Number(process.env["WALQ_PAGE_RUNS"] ?? 60) },
  );
});
