import assert from "node:assert/strict";
import { test } from "node:test";
import { versionFaults } from "../../src/platform/nats/server_version.ts";

test("servers that are known to lose what they acknowledged are told by their version", () => {
  const told = (version: string): boolean => versionFaults("walq", version).length > 0;
  const old = ["2.9.10", "v2.9.25", "2.2.0", "1.4.1", "2.9.0-beta.1"];
  const fine = ["2.10.0", "2.10.29", "2.15.2", "3.0.0", "10.1.0", "", "dev", "2"];
  assert.deepEqual([...old, ...fine].filter(told), old);
  const [fault] = versionFaults("walq", "2.9.10");
  assert.deepEqual(fault, {
    stream: "walq",
    key: "server_version",
    got: "2.9.10",
    wanted: "2.10 or later",
    isFatal: false,
  });
});
