/**
 * Pages read by the parsers of Prometheus 3.16 and by the kernel's: the same series, values,
 * timestamps, exemplars, histograms and metadata, or refused by both.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { diceOf, mutate } from "../hostile/mutate.ts";
import { servedPages } from "./support/exporters.ts";
import { FORMATS, formsOf, specifiedPages } from "./textparse/forms.ts";
import { mutatedText } from "./textparse/mutated.ts";
import { packedForms } from "./textparse/packed_forms.ts";
import { OPEN, PROTOBUF, TEXT } from "./textparse/content_types.ts";
import { asked, compare, parser } from "./textparse/reading.ts";

const encoder = new TextEncoder();

const MUTATED = 1_000;
const SEED = 2;

describe("pages, read by Prometheus 3.16 and by walq", { skip: parser.skip }, () => {
  it("that Debian's programs serve, and those that Prometheus tests its parsers with", async () => {
    const served = await servedPages();
    const tested = testData();
    assert.ok(tested.length > 5, `${tested.length} pages`);
    compare(
      [...served, ...tested].flatMap(({ contentType, body }) => asked(contentType, [body])),
      { takenMin: 20, brokenMax: 0 },
    );
  });

  for (const contentType of FORMATS) {
    it(`of each form that a token can have, in ${contentType}`, () => {
      const pages = formsOf(contentType).map((page) => encoder.encode(page));
      compare(asked(contentType, pages), { takenMin: 500, brokenMax: 6 });
    });
  }

  it("that OpenMetrics describes", () => {
    const pages = specifiedPages().map((page) => encoder.encode(page));
    compare(asked(OPEN, pages), { takenMin: pages.length, brokenMax: 0 });
  });

  it("of each form in protobuf", () => {
    compare(asked(PROTOBUF, packedForms()), { takenMin: 200, brokenMax: 0 });
  });

  for (const contentType of [TEXT, OPEN]) {
    it(`that were changed by chance, in ${contentType}`, () => {
      const dice = diceOf(SEED);
      const pages = Array.from(
        { length: MUTATED },
        () => encoder.encode(mutatedText(contentType, dice)),
      );
      compare(asked(contentType, pages), { takenMin: 500, brokenMax: 30 });
    });
  }

  it("that were changed by chance, in protobuf", () => {
    const forms = packedForms();
    const dice = diceOf(SEED);
    const pages = Array.from({ length: MUTATED }, () => mutate(forms, dice));
    compare(asked(PROTOBUF, pages), { takenMin: 300, brokenMax: 0 });
  });
});

/** What lies beside the source of Prometheus's parsers. */
function testData(): { readonly contentType: string; readonly body: Uint8Array }[] {
  const { stdout } = spawnSync("go", [
    "list",
    "-m",
    "-f",
    "{{.Dir}}",
    "github.com/prometheus/prometheus",
  ], { cwd: "test/peers/textparse", encoding: "utf8" });
  const directory = join(stdout.trim(), "model/textparse/testdata");
  return readdirSync(directory).flatMap((name) => {
    // OpenMetrics 2 is an experiment of Prometheus's.
    const contentType = /\.om1?\.txt$/.test(name) ? OPEN : /\.prom\.txt$/.test(name) ? TEXT : "";
    return contentType === "" ? [] : [{ contentType, body: readFileSync(join(directory, name)) }];
  });
}
