/** The examples, each against a stand-in for the receiver. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { Endpoint, Example, removePrepared, RUNTIME, scratch } from "./support.ts";

describe("examples", () => {
  let endpoint: Endpoint;
  let directory: ReturnType<typeof scratch>;
  before(async () => {
    endpoint = await new Endpoint().open();
    directory = scratch();
  });
  after(async () => {
    await endpoint.close();
    directory.remove();
    removePrepared();
  });

  /** With a directory of its own. */
  function envOf(name: string): Record<string, string> {
    return { WALQ_URL: endpoint.url, WALQ_DATA: `${directory.path}/${name}`, EVERY_MS: "50" };
  }

  async function greet(example: Example): Promise<string> {
    const url = `http://127.0.0.1:${await example.line(/listening on port (\d+)/)}`;
    const answer = await fetch(url);
    assert.equal(await answer.text(), "hello\n");
    return url;
  }

  it("express.js counts its requests", async () => {
    const example = new Example("express.js", envOf("express"));
    await greet(example);
    const counted = () => endpoint.of("http_requests_total");
    await endpoint.until(() => counted().some(({ value }) => value === 1));
    assert.deepEqual(
      [counted()[0]!.labels["code"], counted()[0]!.labels["job"]],
      ["200", "shop"],
    );
    example.signal("SIGTERM");
    await example.ended();
    assert.ok(counted().at(-1)!.isStale);
    assert.ok(endpoint.of("process_cpu_user_seconds_total").length > 0);
  });

  it("fastify_opentelemetry.js measures its requests", async () => {
    const example = new Example("fastify_opentelemetry.js", envOf("opentelemetry"));
    await greet(example);
    const counted = () => endpoint.of("http_server_request_duration_seconds_count");
    await endpoint.until(() => counted().some(({ value }) => value === 1));
    const { labels } = counted()[0]!;
    assert.deepEqual([labels["http_response_status_code"], labels["job"]], ["200", "shop"]);
    example.signal("SIGTERM");
    await example.ended();
    assert.equal(example.output.includes("rror"), false, example.output);
  });

  it("hono_on_deno.js greets, and takes what others send", {
    skip: RUNTIME === "deno" ? false : "it runs on Deno",
  }, async () => {
    const example = new Example("hono_on_deno.js", { ...envOf("hono"), TOKEN: "secret" });
    const url = await greet(example);
    const body = encodeRequest([wireSeries({ __name__: "other" }, Date.now(), 7)]) as BodyInit;
    const content = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
    const send = async (token: string): Promise<number> => {
      const headers = { ...content, authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/in/api/v1/write`, { method: "POST", headers, body });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.deepEqual([await send("guess"), await send("secret")], [401, 204]);
    await endpoint.until(() => endpoint.of("other").length > 0);
    await endpoint.until(() => endpoint.of("greetings_total").some(({ value }) => value === 1));
    example.signal("SIGTERM");
    await example.ended();
  });

  it("bun_serve.js pushes what it has counted", {
    skip: RUNTIME === "bun" ? false : "it runs on Bun",
  }, async () => {
    const example = new Example("bun_serve.js", envOf("bun"));
    await greet(example);
    await endpoint.until(() => endpoint.of("greetings_total").some(({ value }) => value === 1));
    example.signal("SIGTERM");
    await example.ended();
    assert.equal(example.output.includes("not taken"), false);
  });

  it("device.js loses nothing that is safe, offline and through a power cut", async () => {
    const env = { ...envOf("device"), SAMPLE_MS: "5", COMMIT_MS: "25" };
    endpoint.isDown = true;
    const offline = new Example("device.js", env);
    await offline.line(/^\d+ samples are safe/);
    await offline.kill();
    const committed = [...offline.output.matchAll(/^(\d+) samples are safe/gm)]
      .reduce((sum, [, count]) => sum + Number(count), 0);
    assert.ok(committed > 0 && endpoint.of("temperature_celsius").length === 0);
    endpoint.isDown = false;
    const online = new Example("device.js", env);
    await endpoint.until(() => endpoint.of("temperature_celsius").length > committed);
    online.signal("SIGTERM");
    await online.ended();
    const times = endpoint.of("temperature_celsius").map(({ timestampMs }) => timestampMs);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
  });

  it("worker.js leaves at once, and what it could not send goes with its next run", async () => {
    const env = { ...envOf("worker"), GRACE_MS: "0" };
    endpoint.isDown = true;
    const first = new Example("worker.js", env);
    await first.ended();
    assert.match(first.output, /^durable$/m);
    endpoint.isDown = false;
    const second = new Example("worker.js", { ...env, GRACE_MS: "30000" });
    await second.ended();
    const finished = endpoint.of("worker_finished_timestamp_seconds").map(({ value }) => value);
    assert.equal(finished.length, 2);
    assert.ok(finished[0]! < finished[1]!);
    assert.deepEqual(endpoint.of("worker_rows").map(({ value }) => value), [100_000, 100_000]);
  });
});
