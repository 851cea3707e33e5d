import assert from "node:assert/strict";
import { test } from "node:test";
import type { FamilyMetadata } from "../../src/contracts.ts";
import { DisputedFamilies, type ToldFamilies } from "../../src/scrape/disputed_families.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { jobOf, page, ScrapeRig, staticOf } from "./support.ts";

function said(family: string, help: string, type = "counter"): FamilyMetadata {
  return { family, type, help, unit: "" };
}

function disputedOf(told: ToldFamilies): string[] {
  const { metadata } = decodeRequest(told.disputed, "appended");
  return metadata.map(({ family, type, help }) => `${family} ${type} ${help}`);
}

test("what targets say alike is not disputed, and what they do not is until they do", () => {
  const all = new DisputedFamilies();
  const [one, other, third] = [all.open(), all.open(), all.open()];
  one.replace([said("a", "1"), said("b", "1"), said("c", "1", "gauge")]);
  other.replace([said("a", "1"), said("b", "2")]);
  third.replace([said("b", "1"), said("d", "1")]);
  assert.deepEqual([one, other, third].map(disputedOf), [["b 1 1"], ["b 1 2"], ["b 1 1"]]);
  // One of two says it still.
  third.replace([]);
  assert.deepEqual([one, other, third].map(disputedOf), [["b 1 1"], ["b 1 2"], []]);
  other.replace([said("a", "1"), said("b", "1"), said("c", "1")]);
  assert.deepEqual([one, other].map(disputedOf), [["c 2 1"], ["c 1 1"]]);
  one.replace([]);
  assert.deepEqual([one, other].map(disputedOf), [[], []]);
});

test("a target says at each scrape what others dispute, while it is there", async () => {
  const rig = new ScrapeRig();
  rig.scraper.metadataIntervalMs = 3_600_000;
  rig.scraper.describesSeries = true;
  rig.target = ({ url }) =>
    page(
      `# TYPE m gauge\n# HELP m ${
        url.includes("a:80") ? "one" : "other"
      }\n# TYPE n gauge\nm 1\nn 1\n`,
    );
  const job = jobOf({ discoveries: [staticOf("a:80", "b:80")] });
  rig.start(job);
  await rig.untilCommits(6);
  const families = rig.families.map((all) => all.filter((name) => /^[mn]$/.test(name)));
  assert.deepEqual(families, [["m", "n"], ["m", "n"], ["m"], ["m"], ["m"], ["m"]]);
  // The one that is left has nobody to disagree with, when the other one's markers are through.
  rig.start({ ...job, discoveries: [staticOf("a:80")] });
  await rig.pass(60_000);
  assert.deepEqual(rig.families.at(-1), []);
  await rig.scraper.stop();
});
