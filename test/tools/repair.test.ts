import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../src/queue.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { type FileLine, inspectQueue } from "../../src/tools/inspect.ts";
import { repairQueue, type RepairStep } from "../../src/tools/repair.ts";
import { verifyQueue } from "../../src/tools/verify.ts";
import { fileOf, flipped, numbered, toolsOn } from "./support.ts";

const OPTIONS = { isDryRun: false, restores: false };

/** A queue with what can be repaired. */
function damaged(): MemoryPlatform {
  const platform = new MemoryPlatform();
  const { files } = platform;
  files.plant("/data/a/wal/1.committed", fileOf(numbered(1)));
  files.plant("/data/a/wal/2.committed", flipped(fileOf(numbered(2)), -1));
  files.plant("/data/a/wal/3.committed.tmp", fileOf(numbered(3)));
  files.plant("/data/a/quarantine/4.committed", fileOf(numbered(4)));
  files.plant("/data/a/quarantine/5.committed", new Uint8Array(5));
  files.plant("/data/a/delivered/6.1700000000000.6.delivered", new Uint8Array(6));
  return platform;
}

async function repaired(
  platform: MemoryPlatform,
  options: Partial<typeof OPTIONS> = {},
): Promise<string[]> {
  const steps: RepairStep[] = [];
  await repairQueue("/data", { ...OPTIONS, ...options }, (step) => {
    steps.push(step);
    return Promise.resolve();
  }, toolsOn(platform));
  return steps.map(({ did, path }) => `${did} ${path}`);
}

const STEPS = [
  "removed /data/a/wal/3.committed.tmp",
  "set_aside /data/a/wal/2.committed",
  "set_aside /data/a/delivered/6.1700000000000.6.delivered",
  "noted /data/a/quarantine/5.committed.reason",
  "reserved /data/a",
];

test("what is damaged is set aside with the reason, leftovers go, and a second time finds nothing", async () => {
  const platform = damaged();
  assert.deepEqual(await repaired(platform), STEPS);
  const { files } = platform;
  const reason = files.peek("/data/a/quarantine/2.committed.reason")!;
  assert.match(new TextDecoder().decode(reason), /checksum|xxh64/);
  assert.deepEqual(files.afterPowerCut().paths().filter((path) => path.includes("/wal/")), [
    "/data/a/wal/1.committed",
  ]);
  assert.deepEqual(await repaired(platform), []);
  const found = await verifyQueue("/data", () => assert.fail(), toolsOn(platform));
  assert.equal(found.damaged, 0);
});

test("what was set aside is counted, whichever it was, and whatever stood in its place", async () => {
  const platform = damaged();
  platform.files.plant("/data/a/rejected/0123456789abcdef.rejected", new Uint8Array(7));
  platform.files.plant("/data/a/wal/8.committed/in the way", new Uint8Array(1));
  await repaired(platform);
  const tools = toolsOn(platform);
  const { setAside, damaged: left } = await verifyQueue("/data", () => assert.fail(), tools);
  assert.deepEqual([setAside, left], [6, 0]);
  const lines: string[] = [];
  const onFile = (line: FileLine): Promise<void> => {
    if (line.directory === "quarantine") lines.push(`${line.name}: ${line.remark}`);
    return Promise.resolve();
  };
  const [a] = await inspectQueue("/data", { onFile }, tools);
  assert.equal(a!.quarantine.files, 6);
  assert.deepEqual(lines.map((line) => line.split(":")[0]), [
    "2.committed",
    "4.committed",
    "5.committed",
    "8.committed",
    "0123456789abcdef.rejected",
    "delivered.6.1700000000000.6.delivered",
  ]);
  assert.match(lines.at(-1)!, /: Cannot read record: /);
});

test("a dry run says the same, and changes nothing", async () => {
  const platform = damaged();
  const before = platform.files.paths();
  assert.deepEqual(await repaired(platform, { isDryRun: true }), STEPS);
  assert.deepEqual(platform.files.paths(), before);
});

test("a file of somebody else with an id beyond all takes no ids away", async () => {
  const platform = damaged();
  platform.files.plant("/data/a/wal/999999999999999.committed", fileOf(numbered(7)));
  await repaired(platform);
  const reserved = platform.files.paths().filter((path) => path.endsWith(".reserved"));
  assert.deepEqual(reserved, ["/data/a/1005.reserved"]);
});

test("a file in quarantine that can be read goes back, and is sent", async () => {
  const platform = damaged();
  assert.ok((await repaired(platform, { restores: true })).includes(
    "restored /data/a/quarantine/4.committed",
  ));
  const endpoints = [{ name: "a", url: "http://a/" }];
  const queue = await Queue.open({ dataPath: "/data", ttl: "10y", endpoints }, { platform });
  for (let second = 0; second < 60; second++) await platform.time.advance(1_000);
  assert.equal(queue.stats().endpoints[0]!.deliveredTotal, 2);
  await queue.close();
});

test("it does not run beside an open queue, and says who has it; a dry run does", async () => {
  const platform = damaged();
  const endpoints = [{ name: "b", url: "http://b/" }];
  const queue = await Queue.open({ dataPath: "/data", endpoints }, { platform });
  await assert.rejects(repaired(platform), {
    code: "LOCKED",
    message: /Cannot repair "\/data": process 1 \(memory\) owns it; stop that process first/,
  });
  assert.equal((await repaired(platform, { isDryRun: true })).length, STEPS.length);
  await queue.close();
  assert.equal((await repaired(platform)).length, STEPS.length);
});

test("killed at any step, nothing that is whole is lost, and it can be run again", async () => {
  for (let last = 1;; last++) {
    const platform = damaged();
    let steps = 0;
    let dead = (): void => {};
    const died = new Promise<void>((resolve) => dead = resolve);
    let next: MemoryPlatform | undefined;
    platform.files.fault = () => {
      if (++steps === last) {
        next = platform.crash();
        dead();
      }
      return undefined;
    };
    const isThrough = await Promise.race([repaired(platform).then(() => true), died]);
    if (isThrough === true) {
      assert.ok(last > 20, `${last} steps`);
      return;
    }
    next!.files.fault = undefined;
    await repaired(next!);
    const { files } = next!;
    assert.deepEqual(files.peek("/data/a/wal/1.committed"), fileOf(numbered(1)));
    assert.deepEqual(files.peek("/data/a/quarantine/4.committed"), fileOf(numbered(4)));
    assert.equal(files.peek("/data/a/wal/2.committed"), undefined);
    assert.ok(files.peek("/data/a/quarantine/2.committed") !== undefined, `step ${last}`);
    assert.deepEqual(await repaired(next!), []);
  }
});
