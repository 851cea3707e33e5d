/** prom-client's own Pushgateway class, on each runtime, to the receiver in a real server. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { Counter, Gauge, Histogram, Pushgateway, Registry } from "prom-client";
import { Queue } from "../../mod.ts";
import { receiver } from "../../receiver.ts";
import { valueOf } from "../support/endpoint_double.ts";
import { decodeRequest } from "../support/remote_write_v1.ts";

const AS_THEY_ARE = { overrideGlobalObjects: false };

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

/** An endpoint of remote write that remembers what came. */
class Endpoint {
  readonly values = new Map<string, number>();
  #tell: () => void = () => {};

  readonly listener: RequestListener = (message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      for (const { labels, samples } of decodeRequest(Buffer.concat(chunks))) {
        const series = labels.map(([name, value]) => `${name}=${value}`).join(",");
        for (const { valueBits } of samples) this.values.set(series, valueOf(valueBits));
      }
      response.writeHead(204).end();
      this.#tell();
    });
  };

  /** Resolves when the series has come. */
  async has(series: string): Promise<number> {
    while (!this.values.has(series)) await new Promise<void>((resolve) => this.#tell = resolve);
    return this.values.get(series)!;
  }
}

describe("prom-client's Pushgateway", () => {
  const endpoint = new Endpoint();
  const registry = new Registry();
  let dataPath: string;
  let remote: Server;
  let server: Server;
  let queue: Queue;
  before(async () => {
    dataPath = await mkdtemp(join(tmpdir(), "walq-pushgateway-"));
    remote = await listen(endpoint.listener);
    queue = await Queue.open({
      dataPath,
      endpoints: [{ name: "one", url: originOf(remote), flushInterval: "50ms" }],
    });
    server = await listen(
      getRequestListener(receiver(queue).fetch, AS_THEY_ARE) as RequestListener,
    );
  });
  after(async () => {
    await queue.close();
    await stop(server);
    await stop(remote);
    await rm(dataPath, { recursive: true });
  });

  it("pushes, adds and deletes", async () => {
    const registers = [registry];
    const jobs = new Counter({
      name: "jobs_total",
      help: "Jobs.",
      labelNames: ["kind"],
      registers,
    });
    jobs.inc({ kind: "a" }, 3);
    new Gauge({ name: "last_seconds", help: "Last.", registers }).set(12.5);
    const duration = new Histogram({
      name: "took_seconds",
      help: "Took.",
      buckets: [1],
      registers,
    });
    duration.observe(0.5);
    duration.observe(2);
    const gateway = new Pushgateway(originOf(server), {}, registry);
    const groupings = { instance: "a b", path: "/var/tmp" };
    const pushed = await gateway.push({ jobName: "nightly/clean", groupings });
    assert.equal((pushed.resp as { statusCode?: number }).statusCode, 200);
    const group = "instance=a b,job=nightly/clean";
    assert.equal(
      await endpoint.has(`__name__=jobs_total,instance=a b,job=nightly/clean,kind=a,path=/var/tmp`),
      3,
    );
    const rest = `${group},path=/var/tmp`;
    assert.equal(await endpoint.has(`__name__=last_seconds,${rest}`), 12.5);
    assert.equal(await endpoint.has(`__name__=took_seconds_count,${rest}`), 2);
    assert.equal(
      await endpoint.has(`__name__=took_seconds_bucket,${group},le=+Inf,path=/var/tmp`),
      2,
    );
    await gateway.pushAdd({ jobName: "other" });
    assert.equal(await endpoint.has("__name__=last_seconds,job=other"), 12.5);
    const deleted = await gateway.delete({ jobName: "other" });
    assert.equal((deleted.resp as { statusCode?: number }).statusCode, 202);
    assert.match(String(deleted.body), /walq keeps no groups/);
  });

  it("is told what is wrong", async () => {
    const wrong = new Registry();
    wrong.metrics = () => Promise.resolve("a 1 1700000000000\n");
    const gateway = new Pushgateway(originOf(server), {}, wrong);
    await assert.rejects(gateway.push({ jobName: "j" }), /400/);
  });
});
