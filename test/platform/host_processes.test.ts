import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HostProcessTable } from "../../src/platform/host_processes.ts";

const STAT = "7 (a) b (c) S 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 6 0 134553 185 95";

function table(
  options: { stat?: string; boot?: string; probeError?: string } = {},
): HostProcessTable {
  const { stat, boot = "boot-1\n", probeError } = options;
  return new HostProcessTable({
    pid: 1,
    readText: (path) => Promise.resolve(path.endsWith("/stat") ? stat : boot || undefined),
    probe: () => {
      if (probeError !== undefined) throw Object.assign(new Error("x"), { code: probeError });
    },
  });
}

describe("HostProcessTable", () => {
  it("marks by boot and start time, whatever the process is called", async () => {
    assert.equal(await table({ stat: STAT }).mark(7), "boot-1:134553");
  });

  it("takes a zombie for gone", async () => {
    assert.equal(await table({ stat: STAT.replace(" S ", " Z ") }).mark(7), undefined);
  });

  it("knows without /proc only that a process lives", async () => {
    assert.equal(await table().mark(7), "unknown");
    assert.equal(await table({ stat: STAT, boot: "" }).mark(7), "unknown");
    assert.equal(await table({ probeError: "EPERM" }).mark(7), "unknown");
    assert.equal(await table({ probeError: "ESRCH" }).mark(7), undefined);
  });

  it("takes a process that it may not ask about for alive", async () => {
    const denied = new HostProcessTable({
      pid: 1,
      readText: () => Promise.resolve(undefined),
      probe: () => {
        throw new Error("Requires run access");
      },
    });
    assert.equal(await denied.mark(7), "unknown");
  });

  it("never asks the host about what is no process id", async () => {
    for (const pid of [0, -1, 1.5, NaN, Infinity]) {
      assert.equal(await table({ stat: STAT }).mark(pid), undefined);
    }
  });
});
