/** The contract of a log, before real servers: one, and three of which two are a quorum. */
import { randomUUID } from "node:crypto";
import { after, describe } from "node:test";
import { openNatsStream } from "../../src/platform/nats/connect.ts";
import { type OpenedPlace, streamLogContract } from "../store/stream_log.contract.ts";
import { missing } from "./support/installed.ts";
import { NatsServer } from "./support/nats.ts";

async function placeOn(servers: readonly NatsServer[], replicas: number): Promise<OpenedPlace> {
  const name = `walq_${randomUUID().slice(0, 8)}`;
  const { log } = await openNatsStream({
    servers: servers.map(({ address }) => address),
    clientName: "test",
    timeoutMs: 60_000,
    identity: () => ({}),
    stream: name,
    replicas,
    maxBytes: 100_000_000,
    duplicateWindowMs: 120_000,
    makes: true,
  });
  after(() => log!.close());
  return { log: log!, name };
}

describe("a log before nats-server", { skip: missing("nats-server") }, async () => {
  if (missing("nats-server")) return;
  const one = await NatsServer.start();
  after(() => one.kill());
  streamLogContract("one server", () => placeOn([one], 1));
  const three = await NatsServer.cluster();
  after(() => Promise.all(three.map((server) => server.kill())));
  streamLogContract("three servers", () => placeOn(three, 3));
});
