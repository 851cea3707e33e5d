/** The lock on a real disk, with real sockets. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { lockDataPath } from "../../src/filequeue/lock.ts";
import { defaultPlatform } from "../../src/platform/default.ts";

const platform = await defaultPlatform();

async function inDataPath(use: (dataPath: string, root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "walq-lock-"));
  const dataPath = join(root, "data");
  mkdirSync(dataPath);
  try {
    await use(dataPath, root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function remove(dataPath: string, name: RegExp): void {
  for (const one of readdirSync(dataPath)) if (name.test(one)) rmSync(join(dataPath, one));
}

for (
  const [what, name] of [["lock", /\.lock$/], ["lock and its owner's file", /\.(lock|owner)$/]]
) {
  test(`without its ${what} an owner is an owner`, async () => {
    await inDataPath(async (dataPath) => {
      const lock = await lockDataPath(dataPath, platform);
      remove(dataPath, name as RegExp);
      const refusal = { code: "LOCKED", message: /although "walq.lock" does not say so/ };
      await assert.rejects(lockDataPath(dataPath, platform), refusal);
      await assert.rejects(lockDataPath(dataPath, platform), refusal);
      await lock.release();
      const next = await lockDataPath(dataPath, platform);
      assert.equal(await next.isHeld(), true);
      await next.release();
      assert.deepEqual(readdirSync(dataPath), []);
    });
  });
}

test("one data path by several names has one owner", async () => {
  await inDataPath(async (dataPath, root) => {
    const link = join(root, "link");
    symlinkSync(dataPath, link);
    const names = [
      dataPath,
      link,
      `${link}/`,
      join(root, "data", "..", "data"),
      relative(".", dataPath),
    ];
    for (const first of names) {
      const lock = await lockDataPath(first, platform);
      for (const second of names) {
        await assert.rejects(lockDataPath(second, platform), { code: "LOCKED" });
      }
      remove(dataPath, /\.lock$/);
      for (const second of names) {
        await assert.rejects(lockDataPath(second, platform), { code: "LOCKED" });
      }
      assert.equal(await lock.putBack(), true);
      await lock.release();
      assert.deepEqual(readdirSync(dataPath), []);
    }
  });
});
