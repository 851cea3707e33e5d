/** `walq verify --query-url`: what was sent, held against what a receiver answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../../src/testing/memory.ts";
import { Boundaries } from "../../../src/tools/proof/boundaries.ts";
import { Rig } from "../../queue/support.ts";
import { FakeHost, putFile } from "../support.ts";
import { type Ran, runOn } from "./support.ts";

interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
}

/** Answers `count_over_time` as Prometheus 3 does, or as 2. */
class FakePrometheus {
  samples: Stored[] = [];
  queries: string[] = [];
  isLeftOpen = true;
  /** Given to every series, as some receivers do. */
  added: Readonly<Record<string, string>> = {};

  readonly answer = (body: Uint8Array): string => {
    const form = new URLSearchParams(new TextDecoder().decode(body));
    const query = form.get("query")!;
    this.queries.push(query);
    const [, selector, range] = /^count_over_time\(\{(.*)\}\[(\d+)ms\]\)$/s.exec(query)!;
    const untilMs = Math.round(Number(form.get("time")) * 1000);
    const fromMs = untilMs - Number(range);
    const matchers = [...selector!.matchAll(/([a-zA-Z_]\w*)=("(?:[^"\\]|\\.)*")/g)]
      .map(([, name, value]) => [name!, JSON.parse(value!) as string] as const);
    const counts = new Map<string, number>();
    for (const { labels, timestampMs } of this.samples) {
      const isIn = timestampMs <= untilMs &&
        (this.isLeftOpen ? timestampMs > fromMs : timestampMs >= fromMs);
      if (!isIn || matchers.some(([name, value]) => labels[name] !== value)) continue;
      const { __name__: _, ...own } = labels;
      const key = JSON.stringify({ ...own, ...this.added });
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const result = [...counts].map(([key, count]) => ({
      metric: JSON.parse(key),
      value: [untilMs / 1000, String(count)],
    }));
    return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
  };
}

interface Kept {
  readonly rig: Rig;
  readonly receiver: FakePrometheus;
  verify(...args: string[]): Promise<Ran>;
}

/** A data path with two series, a sample every 15 seconds for twenty minutes, and a receiver that has them. */
async function kept(): Promise<Kept> {
  const rig = await new Rig({ ttl: "1d" }).open();
  rig.one.answer = () => makeAnswer(503);
  const receiver = new FakePrometheus();
  const firstMs = Math.floor(rig.nowMs() / 60_000) * 60_000 - 1_800_000;
  for (let at = 0; at < 80; at++) {
    const timestampMs = firstMs + at * 15_000;
    const appender = rig.queue.appender();
    for (const labels of [{ __name__: "up", job: 'a"\n\\' }, { __name__: "up", job: "b" }]) {
      appender.append(labels, timestampMs, at);
      receiver.samples.push({ labels, timestampMs });
    }
    appender.appendStale({ __name__: "up", job: "b" }, timestampMs + 1);
    // A retry after a crash: the same once more.
    if (at % 10 === 0) appender.append({ __name__: "up", job: "b" }, timestampMs, at);
    await rig.wait(appender.commit({ durable: true }));
  }
  await rig.wait(rig.queue.close());
  const verify = async (...args: string[]): Promise<Ran> => {
    const words = ["verify", "--query-url", "http://prom:9090/", "--of", "wal", ...args];
    const host = new FakeHost(words, rig.platform);
    host.platform.http.script = ({ url, body }) => {
      assert.equal(url, "http://prom:9090/api/v1/query");
      return makeAnswer(200, receiver.answer(body!));
    };
    await putFile(host, "/etc/walq.yaml", CONFIG).catch(() => {});
    return await runOn(host);
  };
  return { rig, receiver, verify };
}

const CONFIG = `
remote_write:
  - url: http://one/
    name: one
    external_labels: { site: edge }
    write_relabel_configs:
      - { source_labels: [job], regex: b, action: drop }
queue: { data_path: /data }
`;

test("a receiver that has all is told as that, whether its ranges are open at the left or closed", async () => {
  const { verify, receiver } = await kept();
  for (const isLeftOpen of [true, false]) {
    receiver.isLeftOpen = isLeftOpen;
    const { code, out } = await verify("/data");
    assert.equal(code, 0, out);
    assert.match(out, /^http:\/\/prom:9090 has all of 160 samples in \d windows$/m);
    assert.match(out, /no configuration was given/);
  }
});

test("what is missing is told by series and window, and nothing is hidden by the samples beside it", async () => {
  const { verify, receiver } = await kept();
  for (const isLeftOpen of [true, false]) {
    receiver.isLeftOpen = isLeftOpen;
    const all = receiver.samples;
    for (const at of [0, 41, 79]) {
      const gone = all.filter(({ labels }) => labels["job"] === "b")[at]!;
      receiver.samples = all.filter((one) => one !== gone);
      const { code, out } = await verify("/data", "--window", "1m");
      assert.equal(code, 1);
      assert.match(out, /^missing 1 of \d: up\{job="b"\} from \S+Z to \S+Z$/m);
      assert.match(out, /lacks 1 of 160 samples/);
      const json = await verify("/data", "--window", "1m", "--format", "json");
      const { missing, missingSamples } = JSON.parse(json.out);
      assert.deepEqual([missing.length, missingSamples], [1, 1]);
      assert.deepEqual(missing[0].series, { __name__: "up", job: "b" });
      const { afterMs, untilMs } = missing[0];
      assert.ok(gone.timestampMs > afterMs && gone.timestampMs <= untilMs);
    }
    receiver.samples = all;
  }
});

test("the configuration says what an endpoint makes of its series", async () => {
  const { verify, receiver } = await kept();
  const all = receiver.samples;
  receiver.samples = all.filter(({ labels }) => labels["job"] !== "b")
    .map(({ labels, timestampMs }) => ({ labels: { ...labels, site: "edge" }, timestampMs }));
  const { code, out } = await verify("--config", "/etc/walq.yaml");
  assert.equal(code, 0, out);
  assert.match(out, /has all of 80 samples/);
  assert.match(receiver.queries.at(-1)!, /\{__name__="up",job="a\\"\\n\\\\",site="edge"\}/);
  // Without the external label they are not the same series.
  receiver.samples = all;
  assert.equal((await verify("--config", "/etc/walq.yaml")).code, 1);
});

test("labels that a receiver adds can be passed over", async () => {
  const { verify, receiver } = await kept();
  receiver.added = { replica: "r1" };
  assert.equal((await verify("/data")).code, 1);
  assert.equal((await verify("/data", "--ignore-label", "replica")).code, 0);
});

test("a part of the time is compared, and only so much is told", async () => {
  const { verify, receiver } = await kept();
  const times = receiver.samples.map(({ timestampMs }) => timestampMs);
  receiver.samples = [];
  const fromMs = times[0]! + 600_000;
  const part = await verify("/data", "--window", "1m", "--from", String(fromMs / 1000));
  assert.match(part.out, /lacks \d\d of \d\d samples in 1[01] windows/);
  const few = await verify("/data", "--window", "1m", "--limit", "2");
  assert.equal(few.out.split("\n").filter((line) => line.startsWith("missing")).length, 2);
  assert.match(few.out, /^and \d+ more$/m);
});

test("what is no answer is told, and a directory without any files too", async () => {
  const { verify, receiver, rig } = await kept();
  const answers = [
    '{"status":"error","error":"too many samples"}',
    '{"status":"success","data":{"resultType":"matrix","result":[]}}',
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}',
    "<html>",
  ];
  for (const text of answers) {
    const broken = { ...receiver, answer: () => text };
    Object.defineProperty(receiver, "answer", { value: broken.answer, configurable: true });
    const { code, err } = await verify("/data");
    assert.equal(code, 1);
    assert.match(err, /^walq: http:\/\/prom:9090/);
  }
  const nothing = await runOn(
    new FakeHost(["verify", "/data", "--query-url", "http://prom"], rig.platform),
  );
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, /Nothing to compare in "\/data": queue_config\.keep_delivered/);
});

test("a boundary is a millisecond without samples, before and after the epoch", () => {
  const boundaries = new Boundaries(10);
  for (const timestampMs of [-11, 0, 1, 2, 13, 4, 5, 6, 8, 9]) boundaries.see(timestampMs);
  assert.deepEqual(boundaries.choose(), { offsetMs: 7, isFree: true });
  assert.equal(boundaries.before(20, 7), 17);
  assert.equal(boundaries.before(17, 7), 7);
  assert.equal(boundaries.before(-11, 7), -13);
  boundaries.see(27);
  assert.equal(boundaries.choose().isFree, false);
});
