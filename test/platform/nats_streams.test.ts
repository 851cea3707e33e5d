import assert from "node:assert/strict";
import { test } from "node:test";
import type { JetStreamManager } from "@nats-io/jetstream";
import { findStreams } from "../../src/platform/nats/streams.ts";

const WISHES = { stream: "walq", replicas: 1, maxBytes: 1024, duplicateWindowMs: 120_000 };

type Config = Readonly<Record<string, unknown>>;

/** As servers answer that keep what was asked for, and more of the same kind, in their way. */
class FakeServers {
  readonly made = new Map<string, Config>();

  get manager(): JetStreamManager {
    const streams = {
      info: (name: string) => {
        const config = this.made.get(name);
        if (config !== undefined) return Promise.resolve({ config });
        return Promise.reject(Object.assign(new Error("no"), { name: "StreamNotFoundError" }));
      },
      add: (config: Config) => {
        this.made.set(String(config["name"]), JSON.parse(JSON.stringify(config)));
        return Promise.resolve();
      },
    };
    return { streams } as unknown as JetStreamManager;
  }

  change(change: Config, stream = "walq"): void {
    this.made.set(stream, { ...this.made.get(stream), ...change });
  }
}

async function made(): Promise<FakeServers> {
  const servers = new FakeServers();
  const { made } = await findStreams(servers.manager, WISHES, { makes: true });
  assert.deepEqual(made, ["walq", "walq_records"]);
  return servers;
}

test("a stream that was made is as it was wished, also as servers tell it that know more", async () => {
  const servers = await made();
  servers.change({ persist_mode: "default", compression: "s2", consumer_limits: {} });
  const found = await findStreams(servers.manager, WISHES, { makes: false });
  assert.deepEqual(found, { made: [], faults: [] });
});

const OTHERS: readonly (readonly [string, unknown, string, string, boolean])[] = [
  ["persist_mode", "async", '"async"', '"default"', true],
  ["sealed", true, "true", "false", true],
  ["mirror", { name: "other" }, '{"name":"other"}', "none", true],
  ["subject_transform", { src: "a", dest: "b" }, '{"src":"a","dest":"b"}', "none", true],
  ["sources", [{ name: "other" }], '[{"name":"other"}]', "none", false],
  ["republish", { src: ">", dest: "x.>" }, '{"src":">","dest":"x.>"}', "none", false],
  ["storage", "memory", '"memory"', '"file"', true],
  [
    "consumer_limits",
    { inactive_threshold: 1e9 },
    '{"inactive_threshold":1000000000}',
    "none",
    true,
  ],
  ["max_age", 3_600_000_000_000, "1h", "0", true],
  ["max_bytes", 2048, "2KiB", "1KiB", false],
];

for (const [key, value, got, wanted, isFatal] of OTHERS) {
  test(`somebody has configured ${key} otherwise`, async () => {
    const servers = await made();
    servers.change({ [key]: value });
    const { faults } = await findStreams(servers.manager, WISHES, { makes: true });
    assert.deepEqual(faults, [{ stream: "walq", key, got, wanted, isFatal }]);
  });
}

test("records that are full drop each other: they have no bound", async () => {
  const servers = await made();
  servers.change({ max_bytes: 1000 }, "walq_records");
  const { faults } = await findStreams(servers.manager, WISHES, { makes: true });
  const [got, wanted] = ["1000B", "-1"];
  assert.deepEqual(faults, [{
    stream: "walq_records",
    key: "max_bytes",
    got,
    wanted,
    isFatal: true,
  }]);
});
