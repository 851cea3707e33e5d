/** Label sets that scraping names by handles: whatever is named so, the batch is the one of whole requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BatchWriter, PageParser, TargetPages } from "../../src/contracts.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { inOrder, RULES } from "./page_forms.ts";
import {
  ALLOY_RULES,
  assertBytes,
  assertCode,
  fileOf,
  holds,
  kernel,
  NO_LIMITS,
} from "./support.ts";

/** Nothing is kept, hardly anything, a part of what comes, all. */
const BOUNDS: readonly number[] = [0, 2048, 8192, 16 * 1024 * 1024];
const SERIES = 8;
const TARGETS = 3;

/** A step: a page of a target with some of the series, or something else that happens. */
interface PageStep {
  /** It is taken at once, after a wait, or never. */
  readonly kind: "page" | "waits" | "refused";
  readonly target: number;
  readonly series: readonly number[];
}
type Step = PageStep | { readonly kind: "encode" } | { readonly kind: "configure" };

const some = fc.uniqueArray(fc.nat(SERIES - 1), { minLength: 0, maxLength: SERIES });
const target = fc.nat(TARGETS - 1);
const kind = fc.constantFrom("page", "page", "page", "page", "waits", "refused");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind, target, series: some }) as fc.Arbitrary<PageStep> },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("encode", "encode", "configure") }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 40 },
);

function pageOf(of: number, series: readonly number[], round: number): Uint8Array {
  const lines = ["# TYPE some counter", ...series.map((number) => lineOf(of, number, round))];
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/** Some have timestamps of their own, and two targets have a series in common. */
function lineOf(of: number, number: number, round: number): string {
  const labels = number === 0
    ? 'shared="yes"'
    : `n="${number}",target="${of}${"x".repeat(number * 9)}"`;
  return `some_total{${labels}} ${round}${number === 3 ? ` ${RULES.scrapedMs - 5}` : ""}`;
}

/** Targets and the writer that takes what they send, by handles or without. */
class Line {
  readonly writer: BatchWriter;
  readonly #parser: PageParser = kernel.createPageParser();
  readonly #targets: readonly TargetPages[];
  readonly #usesHandles: boolean;
  #round = 0;

  constructor(keptBytesMax: number, usesHandles: boolean) {
    this.writer = kernel.createWriter({ rules: ALLOY_RULES, keptBytesMax });
    this.#usesHandles = usesHandles;
    this.#targets = Array.from({ length: TARGETS }, () => this.#parser.openTarget());
  }

  /** Does it, and returns what came of it that both have to agree on. */
  do(step: Step): unknown {
    const { writer } = this;
    if (step.kind === "configure") return writer.configure({ ...ALLOY_RULES });
    if (step.kind === "encode") return writer.signals > 0 ? fileOf(writer.encode()) : undefined;
    const pages = this.#targets[step.target]!;
    const handlesOf = this.#usesHandles ? writer.handlesOf : 0;
    const page = pageOf(step.target, step.series, ++this.#round);
    const counts = pages.read(page, { ...RULES, handlesOf }, inOrder);
    const request = pages.write("changed");
    if (step.kind === "refused") return void pages.forget();
    const isWhole = step.kind === "waits";
    const body = isWhole ? pages.writeWhole() : request;
    const message = isWhole || !this.#usesHandles ? "appended" : "scraped";
    const { handles, ...added } = writer.addRequest(body, { ...NO_LIMITS, message });
    pages.keep(handles);
    return { counts, added };
  }
}

test("what is named by handles makes the batch that its labels make", () => {
  holds(
    fc.property(steps, fc.constantFrom(...BOUNDS), (all, bound) => {
      const [named, whole] = [new Line(bound, true), new Line(bound, false)];
      for (const step of [...all, { kind: "encode" } as const]) {
        const [got, wanted] = [named.do(step), whole.do(step)];
        if (got instanceof Uint8Array) assertBytes(got, wanted as Uint8Array, "the batch");
        else assert.deepEqual(got, wanted);
      }
    }),
  );
});

/** What the target has to send at its `round`th page of the same series, and what was asked for so far. */
function rounds(count: number): { pages: TargetPages; writer: BatchWriter; bodies: Uint8Array[] } {
  const writer = kernel.createWriter();
  const pages = kernel.createPageParser().openTarget();
  const bodies: Uint8Array[] = [];
  for (let round = 1; round <= count; round++) {
    pages.read(pageOf(1, [1, 2, 4], round), { ...RULES, handlesOf: writer.handlesOf }, inOrder);
    bodies.push(pages.write("changed").slice());
    if (round === count) break;
    const { handles } = writer.addRequest(bodies.at(-1)!, { ...NO_LIMITS, message: "scraped" });
    assert.equal(handles?.length, round === 2 ? 3 * 4 : undefined, `page ${round}`);
    pages.keep(handles);
  }
  return { pages, writer, bodies };
}

test("a series has its labels in two pages, and then a handle; who waits has all labels again", () => {
  const { pages, bodies } = rounds(3);
  const [first, second, third] = bodies.map((body) => body.length);
  assert.ok(second! > 100 && second! < first!, "the second asks, and has no metadata");
  assert.ok(third! < 3 * 30, `got ${third} bytes`);
  const { series } = decodeRequest(pages.writeWhole(), "appended");
  assert.deepEqual(series.map(({ labels }) => labels.length), [3, 3, 3]);
  assert.deepEqual(series.map(({ signals }) => signals.length), [1, 1, 1]);
});

test("a handle that means nothing refuses the request, and the batch stays as it was", () => {
  const { pages, writer, bodies } = rounds(3);
  writer.encode();
  writer.configure({
    names: "legacy",
    labelLimit: 1,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    format: "walq.metrics.v1",
  });
  const add = () => writer.addRequest(bodies[2]!, { ...NO_LIMITS, message: "scraped" });
  assertCode(add, "INVALID_REQUEST", /got the handle 1, wanted one of a label set that is kept/);
  assert.equal(writer.signals, 0);
  pages.forget();
  pages.read(pageOf(1, [1, 2, 4], 4), { ...RULES, handlesOf: writer.handlesOf }, inOrder);
  assert.ok(pages.write("changed").length > 100, "labels again");
});

test("nobody else can name a label set: in any other message the field says nothing", () => {
  const { writer, bodies } = rounds(3);
  const before = writer.signals;
  for (const message of ["appended", "prometheus.WriteRequest"] as const) {
    const added = writer.addRequest(bodies[2]!, { ...NO_LIMITS, message });
    assert.equal(added.accepted, 0, message);
    assert.equal(added.invalid, 3, message);
  }
  assert.equal(writer.signals, before);
});
