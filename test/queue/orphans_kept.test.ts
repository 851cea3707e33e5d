/** What an endpoint that has gone keeps of what it refused and took. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { listDirectory } from "../support/list_directory.ts";
import { Rig } from "./support.ts";

const OLD = { name: "one", url: "http://one/write", parallelism: 1, keepDelivered: "24h" };
const NEW = { name: "two", url: "http://two/write" };
const LATER: QueueOptions = { dataPath: "/data", endpoints: [NEW] };

/** An endpoint `one` that has taken a sample and refused one; a file of it is in quarantine. */
async function keeping(): Promise<Rig> {
  const rig = new Rig({}, ["one", "two"]);
  await rig.open({ dataPath: "/data", endpoints: [OLD] });
  await rig.put("a", 0);
  await rig.drain();
  rig.one.answer = () => makeAnswer(400, "out of order");
  await rig.put("a", 1);
  await rig.drain();
  rig.platform.files.plant("/data/one/quarantine/7.committed", Uint8Array.of(1));
  rig.platform.files.plant("/data/one/rejected/notes.txt", Uint8Array.of(2));
  return rig;
}

/** The names in its directories, without what differs from run to run. */
async function kept(rig: Rig): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const directory of ["rejected", "delivered", "quarantine"]) {
    const entries = await listDirectory(rig.platform.files, `/data/one/${directory}`);
    all[directory] = entries.map(({ name }) => name.replace(/^[0-9a-f-]+\b/, "N")).sort();
  }
  return all;
}

for (const when of ["at the start", "in an update"]) {
  test(`a forgotten orphan's rejected/ and delivered/ go with it, ${when}; quarantine/ stays`, async () => {
    const rig = await keeping();
    const before = await kept(rig);
    assert.deepEqual(before["rejected"], ["N.rejected", "notes.txt"]);
    // Each batch that has its outcome, also one that was refused.
    assert.equal(before["delivered"]!.length, 2);
    await rig.wait(rig.queue.update(LATER));
    assert.deepEqual(await kept(rig), before, "nothing goes unless that is asked for");
    const options = { ...LATER, forgetOrphans: ["one"] };
    if (when === "in an update") await rig.wait(rig.queue.update(options));
    else {
      await rig.wait(rig.queue.close());
      await rig.open(options);
    }
    assert.deepEqual(await kept(rig), {
      rejected: ["notes.txt"],
      delivered: [],
      quarantine: ["N.committed"],
    });
    const told = rig.logger.lines.filter((line) => /what an orphan kept was forgotten/.test(line));
    assert.equal(told.length, 2);
    await rig.wait(rig.queue.close());
  });
}

test("an endpoint that is there keeps what it has, whatever is to be forgotten", async () => {
  const rig = await keeping();
  const before = await kept(rig);
  await rig.wait(rig.queue.close());
  const options = { dataPath: "/data", endpoints: [OLD, NEW], forgetOrphans: ["one"] };
  await assert.rejects(rig.open(options), { code: "INVALID_OPTIONS" });
  assert.deepEqual(await kept(rig), before);
});

test("what the disk will not delete is told, and goes when it is asked for again", async () => {
  const rig = await keeping();
  await rig.wait(rig.queue.update(LATER));
  rig.platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  const options = { ...LATER, forgetOrphans: ["one"] };
  await rig.wait(rig.queue.update(options));
  assert.match(rig.logger.lines.join("\n"), /cannot forget what an orphan keeps.*rejected/);
  assert.match(rig.logger.lines.join("\n"), /cannot forget what an orphan keeps.*delivered/);
  rig.platform.files.fault = undefined;
  await rig.wait(rig.queue.update(options));
  const { rejected, delivered } = await kept(rig);
  assert.deepEqual([rejected, delivered], [["notes.txt"], []]);
  await rig.wait(rig.queue.close());
});
