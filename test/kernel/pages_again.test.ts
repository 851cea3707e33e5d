/** What is known of the pages before changes the time that a page takes, never what comes of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageRules, TargetPages } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { type Dice, diceOf } from "../hostile/mutate.ts";
import { formsOf } from "../peers/textparse/forms.ts";
import { OPEN, TEXT } from "../peers/textparse/content_types.ts";
import { mutatedText } from "../peers/textparse/mutated.ts";
import { formOf, inOrder, RULES } from "./page_forms.ts";

const parser = (await loadKernel()).createPageParser();
const encoder = new TextEncoder();

const PAGES = 400;
const SEED = 5;
const STALE = "7ff0000000000002";

/** What comes of a page, or why it is refused. */
function read(target: TargetPages, page: string, rules: PageRules): string {
  try {
    const counts = target.read(encoder.encode(page), rules, inOrder);
    const { sent, families } = formOf(target);
    // That something has vanished is for another test.
    const own = sent.filter(({ value }) => value !== STALE);
    return JSON.stringify([own, families, counts.scraped, counts.duplicates]);
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    return error.message;
  }
}

function isRefused(outcome: string): boolean {
  return !outcome.startsWith("[");
}

/** The labels that a series got stay, as in Prometheus, also when its family has another type. */
function withoutBounds(outcome: string): string {
  return outcome.replaceAll(/\[\\"(?:le|quantile)\\",\\"[^"]*\\"\]/g, "");
}

function knowing(page: string, rules: PageRules): TargetPages {
  const target = parser.openTarget();
  if (!isRefused(read(target, page, rules))) target.keep();
  // Exemplars are sent once; these are forgotten.
  if (!isRefused(read(target, page, rules))) target.forget();
  return target;
}

for (
  const [contentType, protocol] of [[TEXT, "PrometheusText0.0.4"], [
    OPEN,
    "OpenMetricsText1.0.0",
  ]] as const
) {
  test(`a target that knows another page reads one as a new target does: ${contentType}`, () => {
    const dice = diceOf(SEED);
    const forms = formsOf(contentType);
    const pageOf = (): string =>
      dice() < 0.5 ? mutatedText(contentType, dice) : forms[Math.floor(dice() * forms.length)]!;
    let taken = 0;
    for (let index = 0; index < PAGES; index++) {
      const [before, page] = [pageOf(), dice() < 0.5 ? pageOf() : undefined];
      const rules = { ...RULES, ...rulesOf(dice), protocol };
      const asked = page ?? before;
      const fresh = parser.openTarget();
      const wanted = read(fresh, asked, rules);
      const target = knowing(before, rules);
      const got = read(target, asked, rules);
      assert.equal(withoutBounds(got), withoutBounds(wanted), JSON.stringify([before, asked]));
      if (!isRefused(got)) taken++;
      for (const one of [fresh, target]) one.close();
    }
    assert.ok(taken > PAGES / 4, `${taken} taken`);
  });
}

function rulesOf(dice: Dice): Partial<PageRules> {
  return {
    readsCreated: dice() < 0.5,
    convertToCustomBuckets: dice() < 0.5,
    alwaysClassic: dice() < 0.5,
  };
}
