/** A server of a cluster that comes back lags behind: what it has not got yet is there all the same. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { StreamError } from "../../src/errors.ts";
import { openNatsStream } from "../../src/platform/nats/connect.ts";
import { missing } from "./support/installed.ts";
import { NatsServer } from "./support/nats.ts";
import { until } from "./support/until.ts";

const MESSAGES = 3_001;
const MESSAGE_BYTES = 40_000;
const LOOKS = 12;

/** Servers that choose a leader do not answer. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  let result: Result;
  await until("the servers answer", async () => {
    try {
      result = await work();
      return true;
    } catch (error) {
      if (error instanceof StreamError && error.code === "unavailable") return false;
      throw error;
    }
  });
  return result!;
}

describe("a server that lags", { skip: missing("nats-server") }, () => {
  it("hides nothing of what is in a stream at a moment", async () => {
    const servers = await NatsServer.cluster();
    after(() => Promise.all(servers.map((server) => server.kill())));
    const open = async () => {
      const { log } = await again(() =>
        openNatsStream({
          servers: servers.map(({ address }) => address),
          stream: "lag",
          replicas: 3,
          maxBytes: 2 ** 30,
          duplicateWindowMs: 120_000,
          clientName: "test",
          timeoutMs: 5_000,
          identity: () => ({}),
          makes: true,
        })
      );
      return log!;
    };
    const log = await open();
    const publish = (id: number) =>
      log.publish({
        subject: "lag.0.batches",
        id: String(id),
        headers: {},
        data: new Uint8Array(MESSAGE_BYTES),
      });
    await again(() => publish(0));
    await servers[0]!.kill();
    for (let at = 1; at < MESSAGES; at += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, more) => again(() => publish(at + more))));
    }
    await servers[0]!.begin();
    const { messages } = await again(() => log.state());
    assert.equal(messages, MESSAGES);
    const seen = await Promise.all(Array.from({ length: LOOKS }, () =>
      again(async () => {
        let count = 0;
        for await (const _ of log.headsNow("lag.0.batches", 1)) count++;
        return count;
      })));
    await log.close();
    assert.deepEqual([...new Set(seen)], [messages]);
  });
});
