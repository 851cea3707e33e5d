/** When what discoveries tell comes into force, and how long what earlier ones told does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResolvedDiscovery } from "../../src/options.ts";
import { groupOf, jobOf, ScrapeRig, staticOf, TOLD } from "./support.ts";

/** A discovery that tells when the test says so, and another one than {@link TOLD}. */
const OTHER: ResolvedDiscovery = { kind: "file", files: ["other"], refreshIntervalMs: 1 };

function targetsOf(rig: ScrapeRig): string[] {
  return rig.scraper.pools.flatMap(({ active }) =>
    active.map(({ target }) => target.labels["__address__"]!)
  );
}

test("the first list of a discovery is in force at once, the next ones after five seconds", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [staticOf("a:80"), TOLD] }));
  await rig.pass(0);
  assert.deepEqual(targetsOf(rig), ["a:80"]);
  await rig.pass(20);
  rig.tell([groupOf("f", "b:80")]);
  await rig.pass(0);
  assert.deepEqual(targetsOf(rig), ["a:80", "b:80"]);
  rig.tell([groupOf("f", "c:80")]);
  await rig.pass(4_999);
  assert.deepEqual(targetsOf(rig), ["a:80", "b:80"]);
  await rig.pass(1);
  assert.deepEqual(targetsOf(rig), ["a:80", "c:80"]);
});

test("what a discovery told counts until the one of its successor comes", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.pass(0);
  rig.start(jobOf({ discoveries: [OTHER] }));
  await rig.pass(1_000);
  assert.deepEqual(targetsOf(rig), ["a:80"]);
  rig.tell([groupOf("f", "b:80")]);
  await rig.pass(0);
  assert.deepEqual(targetsOf(rig), ["b:80"]);
});

test("a successor that tells nothing does not keep it for longer than five seconds", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.pass(0);
  rig.start(jobOf({ discoveries: [OTHER] }));
  await rig.pass(4_999);
  assert.deepEqual(targetsOf(rig), ["a:80"]);
  await rig.pass(1);
  assert.deepEqual(targetsOf(rig), []);
});

test("nor when there is another one that does", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.pass(0);
  rig.start(jobOf({ discoveries: [OTHER, staticOf("b:80")] }));
  await rig.pass(0);
  assert.deepEqual(targetsOf(rig), ["a:80", "b:80"]);
  await rig.pass(5_000);
  assert.deepEqual(targetsOf(rig), ["b:80"]);
});

test("without a successor it counts no more", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [TOLD, OTHER] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.pass(0);
  assert.deepEqual(targetsOf(rig), ["a:80"]);
  rig.start(jobOf({ discoveries: [staticOf("b:80")] }));
  await rig.pass(0);
  assert.deepEqual(targetsOf(rig), ["b:80"]);
});

test("a job that ends while it waits for a successor leaves nothing to be done", async () => {
  const rig = new ScrapeRig();
  rig.start(jobOf({ discoveries: [TOLD] }));
  rig.tell([groupOf("f", "a:80")]);
  await rig.pass(0);
  rig.start(jobOf({ discoveries: [OTHER] }));
  await rig.scraper.stop();
  assert.equal(rig.platform.time.timers, 0);
});
