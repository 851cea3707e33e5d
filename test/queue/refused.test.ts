/** A queue before an endpoint that refuses who asks: what was acknowledged waits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import type { EndpointOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { putFile } from "../support/put_file.ts";
import { Rig } from "./support.ts";

function withEndpoint(more: Partial<EndpointOptions> = {}): { endpoints: EndpointOptions[] } {
  return { endpoints: [{ name: "one", url: "http://one/write", parallelism: 1, ...more }] };
}

const endpointOf = (rig: Rig) => rig.queue.stats().endpoints[0]!;
const tokenOf = ({ headers }: HttpRequest): string | undefined => headers["authorization"];

test("a token in a file is rotated: the next request has it, and nothing is lost", async () => {
  const rig = new Rig(withEndpoint({ bearerTokenFile: "/secrets/token" }));
  await rig.platform.files.makeDirectory("/secrets");
  await putFile(rig.platform.files, "/secrets/token", "token-old\n");
  let wanted = "Bearer token-old";
  const refused: string[] = [];
  rig.one.answer = (request) => {
    if (tokenOf(request) === wanted) return makeAnswer(204);
    refused.push(`${tokenOf(request)}`);
    return makeAnswer(401);
  };
  await rig.open();
  await rig.put("case_total", 1);
  await rig.drain();
  for (const token of ["token-new", "token-newer"]) {
    wanted = `Bearer ${token}`;
    await putFile(rig.platform.files, "/secrets/token", `${token}\n`);
    await rig.put("case_total", 2);
    await rig.drain();
    rig.checkSum();
  }
  const { deliveredTotal, droppedTotal } = endpointOf(rig);
  assert.deepEqual([deliveredTotal, droppedTotal.rejected, refused], [3, 0, []]);
});

test("a 408 is sent again: delivered 1, dropped 0", async () => {
  const rig = await new Rig(withEndpoint()).open();
  const statuses = [408];
  rig.one.answer = () => makeAnswer(statuses.shift() ?? 204);
  await rig.put("case_total", 1);
  await rig.drain();
  const { deliveredTotal, droppedTotal } = endpointOf(rig);
  assert.deepEqual([deliveredTotal, droppedTotal.rejected], [1, 0]);
  assert.deepEqual(rig.one.valuesOf("__name__=case_total"), [1]);
});

for (const status of [401, 403, 404, 405, 407, 421, 426, 511]) {
  test(`${status} for forty minutes, and then it is mended: all of it arrives, in order`, async () => {
    const rig = await new Rig(withEndpoint()).open();
    let answer = status;
    let asked = 0;
    rig.one.answer = () => {
      asked++;
      rig.checkSum();
      return makeAnswer(answer, "not you");
    };
    for (let value = 0; value < 5; value++) await rig.put("a", value);
    await rig.platform.time.advance(2_400_000);
    assert.ok(asked < 15, `${asked} times`);
    const { refusedMs, lastError, pendingSignals } = endpointOf(rig);
    assert.ok(refusedMs > 2_390_000);
    assert.deepEqual([lastError, pendingSignals], [`HTTP ${status}: not you`, 5]);
    answer = 204;
    await rig.drain();
    assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
    assert.equal(endpointOf(rig).refusedMs, 0);
    const said = rig.logger.lines.filter((line) => line.includes("sending works again"));
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^info .*"down_ms":2[4-6][0-9]{5},"pending_signals":0/);
  });
}

test("ttl and max_disk_bytes stay the bounds", async () => {
  const rig = await new Rig({
    endpoints: [
      { name: "one", url: "http://one/write" },
      { name: "two", url: "http://two/write", maxDiskBytes: 1024, batchCount: 1 },
    ],
    ttl: "1h",
  }, ["one", "two"]).open();
  for (const endpoint of Object.values(rig.endpoints)) endpoint.answer = () => makeAnswer(404);
  for (let value = 0; value < 40; value++) {
    await rig.put(`s${value}`, value);
    await rig.platform.time.advance(10_000);
  }
  await rig.platform.time.advance(2 * 3_600_000);
  const [one, two] = rig.queue.stats().endpoints;
  assert.deepEqual([one!.droppedTotal.ttl, one!.pendingSignals], [40, 0]);
  assert.ok(two!.droppedTotal.disk_limit > 0);
  assert.equal(two!.droppedTotal.ttl + two!.droppedTotal.disk_limit, 40);
  rig.checkSum();
});

for (const change of ["nothing", "another token"] as const) {
  test(`after a reload that changes ${change}, it is asked at once`, async () => {
    const rig = await new Rig(withEndpoint({ bearerToken: "wrong" })).open();
    let status = 401;
    rig.one.answer = () => makeAnswer(status);
    await rig.put("a", 1);
    await rig.platform.time.advance(1_000_000);
    assert.equal(rig.pending(), 1);
    status = 204;
    const bearerToken = change === "nothing" ? "wrong" : "right";
    await rig.wait(rig.queue.update({ ...rig.options, ...withEndpoint({ bearerToken }) }), 0);
    await rig.platform.time.advance(1_000);
    assert.equal(rig.pending(), 0);
    rig.checkSum();
  });
}

test("after a reload with another token, nothing is asked with the old one", async () => {
  const rig = await new Rig(withEndpoint({ bearerToken: "old" })).open();
  const asked: (string | undefined)[] = [];
  rig.one.answer = (request) => {
    asked.push(tokenOf(request));
    return makeAnswer(tokenOf(request) === "Bearer new" ? 204 : 401);
  };
  await rig.put("a", 1);
  await rig.platform.time.advance(1_000_000);
  asked.length = 0;
  const options = { ...rig.options, ...withEndpoint({ bearerToken: "new" }) };
  await rig.wait(rig.queue.update(options), 0);
  await rig.platform.time.advance(1_000);
  assert.deepEqual([asked, rig.pending()], [["Bearer new"], 0]);
});

test("what an orphan has waits in the same way, and goes before what its endpoint has", async () => {
  const rig = await new Rig(withEndpoint()).open();
  rig.one.answer = () => makeAnswer(403);
  await rig.put("a", 1);
  await rig.platform.time.advance(100_000);
  const two = { name: "two", url: "http://one/write", parallelism: 1 };
  await rig.wait(rig.queue.update({
    ...rig.options,
    endpoints: [two],
    drainOrphans: { one: "two" },
  }));
  await rig.put("a", 2);
  await rig.platform.time.advance(1_000_000);
  const refused = rig.queue.stats().endpoints.filter(({ refusedMs }) => refusedMs > 0);
  assert.deepEqual(refused.map(({ name }) => name), ["one"]);
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2]);
});

test("a close does not wait for an endpoint that refuses; the next start has all of it", async () => {
  const rig = await new Rig(withEndpoint()).open();
  rig.one.answer = () => makeAnswer(401);
  await rig.put("a", 1);
  await rig.platform.time.advance(5_000);
  await rig.wait(rig.queue.close({ graceMs: 1_000 }), 1_000);
  assert.equal(rig.platform.time.timers, 0);
  rig.one.answer = () => makeAnswer(204);
  await rig.open();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
});

test("requests of metadata alone, which 1.0 has, are held as well", async () => {
  const rig = await new Rig(withEndpoint()).open();
  let status = 401;
  rig.platform.http.script = () => makeAnswer(status);
  const appender = rig.queue.appender();
  appender.updateMetadata("a", { type: "gauge", help: "h" });
  await rig.wait(appender.commit({ durable: true }));
  await rig.platform.time.advance(100_000);
  assert.equal(rig.pending(), 1);
  status = 204;
  await rig.drain();
  assert.equal(endpointOf(rig).deliveredTotal, 1);
});

test("a proxy that takes small requests alone gets small ones, in order, and nothing is dropped", async () => {
  const rig = await new Rig(withEndpoint({ splitOnBadRequest: false })).open();
  rig.one.answer = (_, signals) => makeAnswer(signals > 3 ? 413 : 204);
  const appender = rig.queue.appender();
  for (let value = 0; value < 20; value++) {
    appender.append({ __name__: "a" }, rig.nowMs() + value, value);
  }
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), Array.from({ length: 20 }, (_, at) => at));
  const { deliveredTotal, droppedTotal } = endpointOf(rig);
  assert.deepEqual([deliveredTotal, droppedTotal.rejected], [20, 0]);
  rig.checkSum();
});

test("a secret file that cannot be read is told by open and by update, and nothing is changed", async () => {
  const files = [{ bearerTokenFile: "/no" }, {
    basicAuth: { username: "u", passwordFile: "/no" },
  }];
  for (const [at, more] of files.entries()) {
    const option = at === 0 ? "bearerTokenFile" : "basicAuth.passwordFile";
    const wanted = {
      code: "INVALID_OPTIONS",
      message: `endpoints[0].${option}: cannot read the file "/no": not found`,
    };
    await assert.rejects(new Rig(withEndpoint(more)).open(), wanted);
    const rig = await new Rig(withEndpoint()).open();
    await assert.rejects(
      rig.queue.update({ ...rig.options, ...withEndpoint(more) }),
      wanted,
    );
    await rig.put("a", 1);
    await rig.drain();
    assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  }
});
