/** The paths of the Pushgateway, by its README and what its clients send. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { framed } from "../../support/snappy_frames.ts";
import { encodePage, pairsOf } from "../../support/metric_family.ts";
import { PushRig } from "./support.ts";

const PROTOBUF =
  'application/vnd.google.protobuf; proto="io.prometheus.client.MetricFamily"; encoding=delimited';

/** Without the group's own metric. */
async function arrived(push: PushRig, sinceMs: number): Promise<string[]> {
  return (await push.arrived(sinceMs)).filter((line) => !line.includes("push_time_seconds"));
}

test("what is pushed has the labels of its group, which win", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const page = '# TYPE some_metric counter\nsome_metric{label="val1",job="own"} 42\n';
  const path = "/metrics/job/some_job/instance/some_instance";
  for (const method of ["POST", "PUT"]) {
    const answer = await push.push(path, page, { method });
    assert.deepEqual([answer.status, await answer.text()], [200, ""]);
    await push.rig.platform.time.advance(1000);
  }
  const series = "instance=some_instance,job=some_job";
  const all = await push.arrived(atMs);
  assert.equal(all.length, 4);
  assert.equal(all[2], `__name__=some_metric,${series},label=val1 42 +0`);
  assert.equal(all[0], `__name__=push_time_seconds,${series} ${atMs / 1000} +0`);
});

for (
  const [path, labels] of [
    ["/metrics/job/some_job", "job=some_job"],
    ["/metrics/job/some_job/", "job=some_job"],
    ["/metrics/job@base64/Zm9v", "job=foo"],
    ["/metrics/job/titan/name@base64/zqDPgc6_zrzOt864zrXPjc-C", "job=titan,name=Προμηθεύς"],
    [
      "/metrics/job/directory_cleaner/path@base64/L3Zhci90bXA",
      "job=directory_cleaner,path=/var/tmp",
    ],
    [
      "/metrics/job/directory_cleaner/path@base64/L3Zhci90bXA=",
      "job=directory_cleaner,path=/var/tmp",
    ],
    ["/metrics/job/a%20b/path/%2Fvar%2Ftmp", "job=a b,path=/var/tmp"],
    // A label that is empty is none: what is pushed loses its own.
    ["/metrics/job/j/own@base64/=", "job=j"],
    ["/metrics/job/j/job/k", "job=j"],
    ["/metrics/job/j/x/1/x/2", "job=j,x=2"],
  ] as const
) {
  test(`the labels of ${path}`, async () => {
    const push = await new PushRig().open();
    const atMs = push.nowMs;
    const own = path.includes("own") ? '{own="taken away"}' : "";
    assert.equal((await push.push(path, `m${own} 1\n`)).status, 200);
    assert.deepEqual(await arrived(push, atMs), [`__name__=m,${labels} 1 +0`]);
  });
}

for (
  const [path, told] of [
    ["/metrics/job/j/odd", /^400 odd number of components in label string/],
    ["/metrics/job/j/9x/1", /^400 improper label name "9x"/],
    ["/metrics/job/j/__x/1", /^400 improper label name "__x"/],
    ["/metrics/job/j/x@base64/%%%", /^400 got "%%%" in the path/],
    ["/metrics/job/j/x@base64/a", /^400 invalid base64 encoding for label x="a"/],
    ["/metrics/job/j/x@base64/_w", /^400 invalid UTF-8 in base64/],
    ["/metrics/job@base64/=", /^400 job name is required/],
  ] as const
) {
  for (const method of ["POST", "PUT", "DELETE"]) {
    test(`${method} ${path} is refused`, async () => {
      const push = await new PushRig().open();
      const body = method === "DELETE" ? null : "m 1\n";
      assert.match(await push.told(path, body, { method }), told);
    });
  }
}

test("timestamps are refused, with their line, and so is a series that is there twice", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const path = "/metrics/job/j";
  assert.match(
    await push.told(path, `a 1\nb 2 ${atMs}\n`),
    /^400 line 2: got "\d+" at byte 5, wanted no timestamp, as pushed metrics must not/,
  );
  const timed = { name: "t", type: "GAUGE", metric: [{ gauge: { value: 1 }, timestamp_ms: 5 }] };
  const headers = { "content-type": PROTOBUF };
  assert.match(await push.told(path, encodePage(timed), { headers }), /^400 .*no timestamp/);
  assert.match(await push.told(path, "a 1\na 2\n"), /^400 got 1 samples of series/);
  // They differ in nothing but what the group takes away.
  assert.match(await push.told(path, 'a{job="x"} 1\na{job="y"} 2\n'), /^400 got 1 samples/);
  assert.deepEqual(await push.arrived(atMs), []);
});

test("protobuf is taken as delimited messages", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const body = encodePage(
    { name: "g", type: "GAUGE", metric: [{ label: pairsOf({ a: "b" }), gauge: { value: 1.5 } }] },
    {
      name: "h",
      type: "HISTOGRAM",
      metric: [{
        histogram: {
          sample_count: 3,
          sample_sum: 4,
          bucket: [{ cumulative_count: 2, upper_bound: 0.5 }],
        },
      }],
    },
  );
  const headers = { "content-type": PROTOBUF };
  assert.equal((await push.push("/metrics/job/j", body, { headers })).status, 200);
  assert.deepEqual(await arrived(push, atMs), [
    "__name__=g,a=b,job=j 1.5 +0",
    "__name__=h_bucket,job=j,le=+Inf 3 +0",
    "__name__=h_bucket,job=j,le=0.5 2 +0",
    "__name__=h_count,job=j 3 +0",
    "__name__=h_sum,job=j 4 +0",
  ]);
  assert.match(await push.told("/metrics/job/j", body.subarray(0, 7), { headers }), /^400 /);
});

test("gzip and snappy in frames are taken", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const page = new TextEncoder().encode("a 1\n");
  for (const [encoding, body] of [["snappy", framed(page)], ["gzip", gzipSync(page)]] as const) {
    const headers = { "content-encoding": encoding };
    assert.equal(
      (await push.push(`/metrics/job/${encoding}`, new Uint8Array(body), { headers })).status,
      200,
    );
  }
  const broken = { headers: { "content-encoding": "snappy" } };
  assert.match(
    await push.told("/metrics/job/j", framed(page).subarray(0, 20), broken),
    /^400 .*snappy/,
  );
  assert.equal((await arrived(push, atMs)).length, 2);
});

test("a push without metrics is a push", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  assert.equal((await push.push("/metrics/job/j", "", { method: "PUT" })).status, 200);
  assert.deepEqual(await push.arrived(atMs), [
    `__name__=push_time_seconds,job=j ${atMs / 1000} +0`,
  ]);
});

test("DELETE is accepted, and says that nothing was kept", async () => {
  const push = await new PushRig().open();
  const atMs = push.nowMs;
  const told = await push.told("/metrics/job/j/instance/i", null, { method: "DELETE" });
  assert.match(told, /^202 walq keeps no groups: .*no stale markers/);
  assert.deepEqual(await push.arrived(atMs), []);
  const get = await push.push("/metrics/job/j", null, { method: "GET" });
  assert.deepEqual([get.status, get.headers.get("allow")], [405, "DELETE, POST, PUT"]);
});
