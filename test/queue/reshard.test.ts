/** The number of an endpoint's shards changes while it sends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../src/contracts.ts";
import type { EndpointOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig } from "./support.ts";

const SERIES = 40;
/** What moves at the least cause. */
const QUICK: EndpointOptions = {
  name: "one",
  url: "http://one/write",
  batchCount: 10,
  minShards: 1,
  maxShards: 6,
  driftScaleUp: "2s",
  driftScaleDown: "1s",
  desiredCheckInterval: "500ms",
  desiredConnectionsLookback: "20s",
  networkFlushInterval: "5s",
  retryBackoff: "1s",
  retryBackoffMax: "1s",
};

/** A queue with one endpoint, to which time passes until an answer comes. */
class Sender {
  readonly rig: Rig;
  answerMs = 300;
  status: () => number = () => 204;
  #value = 0;
  #requests = 0;

  constructor(endpoint: Partial<EndpointOptions> = {}) {
    this.rig = new Rig({ endpoints: [{ ...QUICK, ...endpoint }] });
    this.rig.one.answer = () => {
      const { time } = this.rig.platform;
      const status = this.status();
      // Of two that are under way together the second one may be answered first.
      const ms = this.answerMs * (1 + this.#requests++ % 3);
      return new Promise<HttpAnswer>((resolve) => {
        time.after(ms, () => resolve(makeAnswer(status)));
      });
    };
  }

  get shards(): number {
    return this.rig.queue.stats().endpoints[0]!.shards;
  }

  /** One sample of each series, once a second. */
  async scrape(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      const value = this.#value++;
      const rows = Array.from(
        { length: SERIES },
        (_, at) => wireSeries({ __name__: `s${at}` }, this.rig.nowMs(), value),
      );
      await this.rig.wait(this.rig.queue.write(encodeRequest(rows), CONTENT));
      await this.rig.platform.time.advance(1_000);
      this.rig.checkSum();
    }
  }

  /** All that was committed has arrived once, each series in order. */
  async end(): Promise<void> {
    await this.rig.drain();
    const wanted = Array.from({ length: this.#value }, (_, value) => value);
    for (let at = 0; at < SERIES; at++) {
      assert.deepEqual(this.rig.one.valuesOf(`__name__=s${at}`), wanted, `s${at}`);
    }
    await this.rig.wait(this.rig.queue.close());
    assert.equal(this.rig.platform.time.timers, 0);
  }
}

test("a slow endpoint gets more shards, one that has become fast fewer, and each series stays in order", async () => {
  const sender = new Sender();
  await sender.rig.open();
  assert.equal(sender.shards, 1);
  await sender.scrape(40);
  const most = sender.shards;
  assert.ok(most > 1, `${most}`);
  sender.answerMs = 1;
  await sender.scrape(200);
  assert.equal(sender.shards, 1);
  const lines = sender.rig.logger.lines.filter((line) => line.includes("number of shards"));
  assert.match(lines[0]!, /^info the number of shards has changed .*"from":1,"to":2,"behind_ms":/);
  await sender.end();
});

test("an endpoint that fails, or is asked too much, gets no more, and what it has stays", async () => {
  for (const status of [429, 503]) {
    const sender = new Sender({ minShards: 2 });
    await sender.rig.open();
    let requests = 0;
    // Of a 429 one in two is enough; what fails otherwise has to be most.
    const answeredEach = status === 429 ? 2 : 3;
    sender.status = () => requests++ % answeredEach === 0 ? 204 : status;
    await sender.scrape(40);
    assert.equal(sender.shards, 2, `${status}`);
    sender.status = () => 204;
    sender.answerMs = 1;
    await sender.end();
  }
});

test("what is under way when the number changes has its outcome first", async () => {
  const sender = new Sender();
  await sender.rig.open();
  let atOnceMax = 0;
  const { answer } = sender.rig.one;
  sender.rig.one.answer = (request, signals) => {
    atOnceMax = Math.max(atOnceMax, sender.rig.platform.http.inFlight);
    assert.ok(sender.rig.platform.http.inFlight <= 6);
    return answer(request, signals);
  };
  await sender.scrape(60);
  assert.ok(atOnceMax > 1);
  await sender.end();
});

test("an update, a stop and a start in the midst of a change lose nothing", async () => {
  for (let seconds = 1; seconds < 16; seconds++) {
    const sender = new Sender({ maxShards: 3 });
    await sender.rig.open();
    await sender.scrape(seconds);
    await sender.rig.platform.time.advance(seconds * 37);
    const { options, queue } = sender.rig;
    if (seconds % 2 === 0) {
      const endpoints = [{ ...options.endpoints[0]!, minShards: 2, maxShards: 4 }];
      await sender.rig.wait(queue.update({ ...options, endpoints }));
      assert.ok(sender.shards >= 2);
    } else {
      await sender.rig.wait(queue.close());
      await sender.rig.open();
    }
    await sender.scrape(5);
    await sender.rig.drain();
    for (let at = 0; at < SERIES; at++) {
      // What was under way may come twice, and nothing before what came before it.
      const firstTimes = [...new Set(sender.rig.one.valuesOf(`__name__=s${at}`))];
      assert.deepEqual(firstTimes, Array.from({ length: seconds + 5 }, (_, value) => value));
    }
    await sender.rig.wait(sender.rig.queue.close());
    assert.equal(sender.rig.platform.time.timers, 0);
  }
});

test("a fixed number stays, and nobody looks", async () => {
  const sender = new Sender({ minShards: 3, maxShards: 3 });
  await sender.rig.open();
  const { timers } = sender.rig.platform.time;
  const moving = new Sender();
  await moving.rig.open();
  assert.equal(moving.rig.platform.time.timers, timers + 1);
  await moving.rig.wait(moving.rig.queue.close());
  await sender.scrape(20);
  assert.equal(sender.shards, 3);
  await sender.end();
});
