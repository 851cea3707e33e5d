/** The contract of a store, before real servers: one, and three of which two are a quorum. */
import { randomUUID } from "node:crypto";
import { after, describe } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { StreamLog } from "../../src/contracts.ts";
import { StreamError } from "../../src/errors.ts";
import { openNatsStream } from "../../src/platform/nats/connect.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { batchStoreContract } from "../store/batch_store.contract.ts";
import { openStreamHost, type StreamPlace } from "../store/stream_host.ts";
import { missing } from "./support/installed.ts";
import { NatsServer } from "./support/nats.ts";

/** What goes nowhere when it is cut. */
function cuttable(log: StreamLog): { readonly log: StreamLog; readonly cut: () => void } {
  let isCut = false;
  const refused = (what: string): never => {
    throw new StreamError("unavailable", `${what}: the process is gone`);
  };
  const methods = [
    "publish",
    "next",
    "read",
    "purge",
    "remove",
    "state",
    "record",
    "replaceRecord",
  ] as const;
  const all: Partial<Record<keyof StreamLog, unknown>> = {};
  for (const name of methods) {
    const real = log[name].bind(log) as (...args: unknown[]) => Promise<unknown>;
    all[name] = async (...args: unknown[]) => isCut ? refused(name) : await real(...args);
  }
  const cut = { ...all, heads: log.heads.bind(log), headsNow: log.headsNow.bind(log) } as StreamLog;
  return {
    log: Object.defineProperty(cut, "messageBytesMax", { get: () => log.messageBytesMax }),
    cut: () => {
      isCut = true;
      void log.close();
    },
  };
}

/** A stream of its own, on these servers. */
function placeOn(servers: readonly NatsServer[], replicas: number): StreamPlace {
  const stream = `walq_${randomUUID().slice(0, 8)}`;
  const opened: StreamLog[] = [];
  let isRefused = false;
  const open = async () => {
    const { log } = await openNatsStream({
      servers: servers.map(({ address }) => address),
      clientName: "test",
      timeoutMs: 60_000,
      identity: () => ({}),
      stream,
      replicas,
      maxBytes: 100_000_000,
      duplicateWindowMs: 120_000,
      makes: true,
    });
    opened.push(log!);
    return log!;
  };
  return {
    stream,
    clock: new VirtualClock(Date.now()),
    async connect() {
      const { log, cut } = cuttable(await open());
      const publish = log.publish.bind(log);
      log.publish = (message) => {
        if (!isRefused) return publish(message);
        return Promise.reject(new StreamError("full", "the stream has no room"));
      };
      return { log, cut };
    },
    settle: () => delay(2),
    refuseAll(isNow) {
      isRefused = isNow;
    },
    async close() {
      await Promise.all(opened.map((log) => log.close()));
    },
  };
}

describe("a store before nats-server", { skip: missing("nats-server") }, async () => {
  if (missing("nats-server")) return;
  const one = await NatsServer.start();
  after(() => one.kill());
  batchStoreContract("one server", (rules) => openStreamHost(placeOn([one], 1), rules));
  const three = await NatsServer.cluster();
  after(() => Promise.all(three.map((server) => server.kill())));
  batchStoreContract("three servers", (rules) => openStreamHost(placeOn(three, 3), rules));
});
