/** By which connections an endpoint is reached, and what an update makes of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

const URL = "http://one/write";

function optionsOf(rig: Rig, more: Partial<EndpointOptions>) {
  return { ...rig.options, endpoints: [{ name: "one", url: URL, ...more }] };
}

async function send(rig: Rig, value: number): Promise<void> {
  await rig.put("a", value);
  await rig.platform.time.advance(5_000);
}

test("an endpoint without settings uses the connections of all", async () => {
  const rig = await new Rig().open();
  await send(rig, 1);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  assert.deepEqual(rig.platform.openedHttp, []);
  await rig.wait(rig.queue.close());
});

test("an endpoint with settings has connections of its own, which are made anew when the settings change", async () => {
  const rig = new Rig();
  const proxied = (url: string) => optionsOf(rig, { proxyUrl: url });
  await rig.open(proxied("http://a:1"));
  const { openedHttp } = rig.platform;
  // The first one is the check's.
  const used = () => openedHttp.slice(1).map(({ proxy }) => proxy?.url);
  await send(rig, 1);
  assert.deepEqual(used(), ["http://a:1"]);
  openedHttp.length = 0;
  await rig.wait(rig.queue.update(proxied("http://a:1")));
  await send(rig, 2);
  assert.deepEqual(used(), [], "the check alone");
  openedHttp.length = 0;
  await rig.wait(rig.queue.update(proxied("http://b:1")));
  await send(rig, 3);
  assert.deepEqual(used(), ["http://b:1"]);
  openedHttp.length = 0;
  await rig.wait(rig.queue.update(optionsOf(rig, {})));
  await send(rig, 4);
  assert.deepEqual(openedHttp, []);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2, 3, 4]);
  await rig.wait(rig.queue.close());
});

test("files of TLS that cannot be used refuse the queue, and an update", async () => {
  const rig = new Rig();
  const gone = optionsOf(rig, { tlsConfig: { caFile: "/gone" } });
  const expected = {
    code: "INVALID_OPTIONS",
    message: /endpoints\[0\]\.tlsConfig\.caFile: cannot read the file "\/gone": not found/,
  };
  await assert.rejects(rig.open(gone), expected);
  await rig.open();
  await assert.rejects(rig.queue.update(gone), expected);
  await send(rig, 1);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  await rig.wait(rig.queue.close());
});

for (const followRedirects of [true, false]) {
  test(`a redirect on the same host is followed: ${followRedirects}`, async () => {
    const rig = new Rig();
    rig.one.answer = ({ url }) =>
      url === URL ? makeAnswer(308, "", { location: "/v2/write" }) : makeAnswer(204);
    await rig.open(optionsOf(rig, { followRedirects }));
    await send(rig, 1);
    assert.deepEqual(rig.one.valuesOf("__name__=a"), followRedirects ? [1] : []);
    const [stats] = rig.queue.stats().endpoints;
    assert.equal(stats!.pendingSignals, followRedirects ? 0 : 1);
    const told = rig.logger.lines.join("\n");
    if (!followRedirects) {
      assert.match(told, /HTTP 308: a redirect to http:\/\/one\/v2\/write, which is not follow/);
    }
    await rig.wait(rig.queue.close());
  });
}
