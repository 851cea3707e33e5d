/** The unit of systemd: systemd knows all that it says, and how much it leaves open. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { parseDuration } from "../../src/duration.ts";
import { missing } from "./support/installed.ts";
import { scratchDirectory } from "./support/scratch.ts";

const UNIT = readFileSync("ops/systemd/walq.service", "utf8");
/** Of 10, as systemd adds up what a service may do; what is left is the network and W^X. */
const EXPOSURE_MAX = 1.7;

describe("the unit of systemd", { skip: missing("systemd-analyze") }, () => {
  /** Where it is installed there is a walq; here any program that can be started stands for it. */
  const path = join(scratchDirectory("systemd"), "walq.service");
  writeFileSync(path, UNIT.replaceAll("/usr/bin/walq", process.execPath));

  it("is understood", () => {
    const { status, stdout, stderr } = analyze("verify", path);
    assert.deepEqual([status, stdout + stderr], [0, ""]);
  });

  it("leaves little open", (context) => {
    const { stdout, stderr } = analyze("security", "--offline=true", "--no-pager", path);
    const [, exposure = "nothing"] = /exposure level for walq\.service: ([\d.]+)/.exec(stdout) ??
      [];
    context.diagnostic(`note: exposure ${exposure} of 10, by systemd-analyze security`);
    assert.ok(Number(exposure) <= EXPOSURE_MAX, `${exposure}\n${stdout}${stderr}`);
  });

  it("waits for longer than walq goes on sending", () => {
    const [, grace = ""] = /--shutdown-grace (\S+)/.exec(UNIT) ?? [];
    const [, stop = ""] = /^TimeoutStopSec=(\S+)$/m.exec(UNIT) ?? [];
    assert.ok(parseDuration(stop)! >= parseDuration(grace)! + 60_000, `${stop} for ${grace}`);
  });
});

function analyze(
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync("systemd-analyze", args, { encoding: "utf8" });
}
