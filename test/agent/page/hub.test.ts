/** Who looks at the page is told what has changed, and costs no more than that. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { choiceOf } from "../../../src/agent/page/choice.ts";
import { CLIENTS_MAX, PageHub, TICK_MS } from "../../../src/agent/page/hub.ts";
import { ANSWER_MS_MAX } from "../../../src/agent/page/reading_check.ts";
import type { EndpointLine, QueueLine } from "../../../src/agent/page/protocol.ts";
import { KEPT_MS } from "../../../src/agent/page/sample_keeper.ts";
import type { EndpointSnapshot } from "../../../src/stats/endpoint_snapshot.ts";
import { MemoryPlatform } from "../../../src/testing/memory.ts";
import { FakeQueue } from "../support.ts";
import { endpointOf } from "./support.ts";

interface Told {
  readonly event: string;
  readonly data: unknown;
}

/** What a client has got so far. */
class Reader {
  readonly told: Told[] = [];
  /** How often it was asked whether it reads. */
  asked = 0;
  isOver = false;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;

  readonly #answer: (question: string) => void;

  constructor(body: ReadableStream<Uint8Array>, answer: (question: string) => void) {
    this.#answer = answer;
    this.reader = body.getReader();
    void this.#read();
  }

  of<Data>(event: string): Data[] {
    return this.told.filter((one) => one.event === event).map(({ data }) => data as Data);
  }

  async #read(): Promise<void> {
    let text = "";
    for (;;) {
      const { done, value } = await this.reader.read().catch(() => ({
        done: true,
        value: undefined,
      }));
      if (done) break;
      text += new TextDecoder().decode(value);
      const parts = text.split("\n\n");
      text = parts.pop()!;
      for (const part of parts) {
        const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(part)!;
        if (event !== "read") this.told.push({ event, data: JSON.parse(data) });
        else {
          this.asked++;
          this.#answer(JSON.parse(data));
        }
      }
    }
    this.isOver = true;
  }
}

class Rig {
  readonly platform = new MemoryPlatform();
  readonly queue = new FakeQueue();
  endpoints: EndpointSnapshot[] = [endpointOf()];
  looks = 0;
  samples = 0;
  ended = 0;
  readonly hub: PageHub;

  constructor() {
    const stats = this.queue.stats();
    this.queue.stats = () => {
      this.looks++;
      return { ...stats, orphans: [], forgottenSignals: 0, endpoints: this.endpoints };
    };
    Object.assign(this.queue, {
      details: () => ({ answers: [], backlog: [] }),
      quarantined: () => Promise.resolve([{ id: 7, reason: "damaged", bytes: 5 }]),
      sampleSeries: () => {
        this.samples++;
        return { series: [], samples: 0, batches: 0, isFull: false };
      },
      endSample: () => this.ended++,
    });
    this.hub = new PageHub({
      clock: this.platform.clock,
      files: this.platform.files,
      subject: () => ({
        queue: this.queue,
        phase: "ready",
        runtime: "memory",
        startedMs: 0,
        pools: [],
        titles: new Map(),
        mayAct: true,
      }),
    });
    this.hub.start();
  }

  look(params = ""): Reader {
    const body = this.hub.open(choiceOf(new URLSearchParams(params)));
    assert.ok(body !== undefined);
    return new Reader(body, (question) => this.hub.answered(question));
  }

  pass(ms: number): Promise<void> {
    return this.platform.time.advance(ms);
  }
}

function linesOf(reader: Reader): EndpointLine[][] {
  return reader.of<{ lines: EndpointLine[] }>("overview").map(({ lines }) => lines);
}

test("all is told at first, and then only what has changed", async () => {
  const rig = new Rig();
  rig.endpoints = [endpointOf(), endpointOf({ name: "two" })];
  const reader = rig.look();
  await rig.pass(10 * TICK_MS);
  assert.equal(linesOf(reader).length, 1);
  assert.deepEqual(reader.of<{ names: string[] }>("overview")[0]!.names, ["one", "two"]);
  assert.equal(reader.of("queue").length, 1);
  rig.endpoints = [endpointOf(), endpointOf({ name: "two", pendingSignals: 5 })];
  await rig.pass(TICK_MS);
  const [, changed] = linesOf(reader);
  assert.deepEqual(changed!.map(({ name, pendingSignals }) => [name, pendingSignals]), [[
    "two",
    5,
  ]]);
  rig.endpoints = [endpointOf({ name: "two", pendingSignals: 5 })];
  await rig.pass(TICK_MS);
  assert.deepEqual(reader.of("overview")[2], { names: ["two"], lines: [] });
  rig.endpoints = [endpointOf(), endpointOf({ name: "two", pendingSignals: 5 })];
  await rig.pass(TICK_MS);
  assert.deepEqual(linesOf(reader)[3]!.map(({ name }) => name), ["one"], "it is told again");
  rig.hub.close();
});

test("an endpoint goes down and comes back, and who looks is told", async () => {
  const rig = new Rig();
  const reader = rig.look();
  await rig.pass(TICK_MS);
  const failing = { lastError: "503: later", pendingSignals: 1 };
  rig.endpoints = [endpointOf({ ...failing, failingForMs: 1 })];
  await rig.pass(10_000);
  rig.endpoints = [endpointOf({ ...failing, failingForMs: 10_000 })];
  await rig.pass(10_000);
  rig.endpoints = [endpointOf()];
  await rig.pass(TICK_MS);
  const kinds = linesOf(reader).flat().map(({ kind }) => kind);
  assert.deepEqual([kinds[0], kinds.at(-2), kinds.at(-1)], ["fine", "down", "fine"]);
  assert.ok(
    linesOf(reader).flat().some(({ sentence }) => /^down for \d+ s: 503: later/.test(sentence)),
  );
  assert.deepEqual(reader.of<QueueLine>("queue").map(({ endpointsDown }) => endpointsDown), [
    0,
    0,
    1,
    0,
  ]);
  rig.hub.close();
});

test("one endpoint: all of it, its history with each look at the queue, and its files", async () => {
  const rig = new Rig();
  await rig.pass(60_000);
  const reader = rig.look("view=endpoint&endpoint=one");
  await rig.pass(20_000);
  assert.equal(reader.of("overview").length, 0);
  assert.ok(reader.of("endpoint").length >= 1);
  const histories = reader.of<{ pending: number[] }>("history");
  assert.deepEqual(histories.map(({ pending }) => pending.length), [6, 7, 8]);
  assert.deepEqual(reader.of("files"), [{
    quarantined: [{ file: "7.committed", reason: "damaged", bytes: 5 }],
    rejected: [],
    rejectedTotal: 0,
    mayRetry: true,
  }]);
  const day = rig.look("view=endpoint&endpoint=one&span=24h");
  const none = rig.look("view=endpoint&endpoint=nobody");
  await rig.pass(TICK_MS);
  assert.equal(day.of<{ stepMs: number }>("history")[0]!.stepMs, 300_000);
  assert.deepEqual(none.of("gone"), [{ name: "nobody" }]);
  rig.hub.close();
});

test("requests that were refused for good are shown, the newest first, and no more than somebody reads", async () => {
  const rig = new Rig();
  const rejected = Array.from({ length: 200 }, (_, at) => ({
    endpoint: "one",
    id: String(at),
    rejectedAtMs: at,
    status: 400,
    reason: "x".repeat(5_000),
    signals: 1,
    bytes: 1,
    oldestMs: 1,
    newestMs: 1,
    protobufMessage: "prometheus.WriteRequest",
  }));
  Object.assign(rig.queue, {
    rejected: () => Promise.resolve(rejected),
    retryRejected: () =>
      Promise.resolve({ requests: 0, signals: 0, damaged: 0, damagedFiles: [], unknownIds: [] }),
  });
  const reader = rig.look("view=endpoint&endpoint=one");
  await rig.pass(TICK_MS);
  const [files] = reader.of<{ rejected: { id: string; reason: string }[]; mayRetry: boolean }>(
    "files",
  );
  assert.deepEqual([files!.rejected.length, files!.rejected[0]!.id, files!.mayRetry], [
    50,
    "199",
    true,
  ]);
  assert.equal(files!.rejected[0]!.reason.length, 300);
  rig.hub.close();
});

test("when nobody looks, nothing is done but to remember", async () => {
  const rig = new Rig();
  await rig.pass(1_000);
  rig.looks = 0;
  await rig.pass(60_000);
  assert.equal(rig.looks, 6);
  const reader = rig.look();
  await rig.pass(1_000);
  await reader.reader.cancel();
  assert.equal(rig.hub.clients, 0);
  await rig.pass(TICK_MS);
  rig.looks = 0;
  await rig.pass(60_000);
  assert.equal(rig.looks, 6);
  rig.hub.close();
  rig.looks = 0;
  await rig.pass(60_000);
  assert.equal(rig.looks, 0);
});

test("so many may look, and the next one may when one has gone", async () => {
  const rig = new Rig();
  const readers = Array.from({ length: CLIENTS_MAX }, () => rig.look());
  assert.equal(rig.hub.open(choiceOf(new URLSearchParams())), undefined);
  await readers[0]!.reader.cancel();
  rig.look();
  rig.hub.close();
  await rig.pass(1);
  assert.equal(rig.hub.clients, 0);
  assert.ok(readers.slice(1).every(({ isOver }) => isOver), "all streams have ended");
  assert.equal(rig.hub.open(choiceOf(new URLSearchParams())), undefined);
});

test("where nothing changes, something is sent before anybody takes the connection for an idle one", async () => {
  const rig = new Rig();
  const reader = rig.look();
  await rig.pass(60_000);
  assert.ok(reader.asked >= 4, `${reader.asked}`);
  rig.hub.close();
});

test("one that reads nothing loses its place within half a minute, however little there is", async () => {
  const rig = new Rig();
  const reader = rig.look();
  await rig.pass(9_000);
  const bodies = Array.from(
    { length: CLIENTS_MAX - 1 },
    () => rig.hub.open(choiceOf(new URLSearchParams()))!,
  );
  assert.equal(rig.hub.open(choiceOf(new URLSearchParams())), undefined);
  await rig.pass(ANSWER_MS_MAX - TICK_MS);
  assert.equal(rig.hub.clients, CLIENTS_MAX);
  await rig.pass(2 * TICK_MS);
  assert.equal(rig.hub.clients, 1);
  for (const body of bodies) await assert.rejects(new Response(body).text());
  rig.look();
  await rig.pass(10 * 60_000);
  assert.equal(rig.hub.clients, 2, "who answers keeps its place");
  assert.equal(reader.isOver, false);
  rig.hub.close();
});

test("one that stops to read is cut within half a minute, and nobody can answer for it without reading", async () => {
  const rig = new Rig();
  const body = rig.hub.open(choiceOf(new URLSearchParams()))!;
  const questions: string[] = [];
  const reader = new Reader(body, (question) => {
    questions.push(question);
    if (questions.length <= 2) rig.hub.answered(question);
  });
  await rig.pass(3 * TICK_MS);
  assert.equal(questions.length, 1);
  await rig.pass(3 * TICK_MS);
  assert.equal(questions.length, 2);
  // It has answered a moment ago, and reads no more from now on.
  for (let passedMs = 0; passedMs <= 30_000; passedMs += 1_000) {
    for (const old of ["", "x", ...questions.slice(0, 2)]) rig.hub.answered(old);
    await rig.pass(1_000);
  }
  assert.equal(questions.length, 3);
  assert.deepEqual([rig.hub.clients, reader.isOver], [0, true]);
  rig.hub.close();
});

test("a client that does not read is cut, and the others go on", async () => {
  const rig = new Rig();
  const stuck = rig.hub.open(choiceOf(new URLSearchParams()));
  const reader = rig.look();
  for (let round = 0; round < 40; round++) {
    rig.endpoints = [endpointOf({ pendingSignals: round })];
    await rig.pass(TICK_MS);
  }
  assert.equal(rig.hub.clients, 1);
  await assert.rejects(new Response(stuck).text());
  assert.equal(reader.isOver, false);
  rig.hub.close();
});

test("series are looked at while somebody tries rules, and forgotten after a while", async () => {
  const rig = new Rig();
  const [first, second] = [rig.look("view=rules"), rig.look("view=rules")];
  await rig.pass(TICK_MS);
  assert.deepEqual([rig.samples, rig.ended], [1, 0]);
  assert.deepEqual(first.of<[string, string][]>("names"), [[["one", "one"]]]);
  await first.reader.cancel();
  assert.equal(rig.ended, 0);
  await second.reader.cancel();
  assert.equal(rig.ended, 1, "what comes in is not looked at any more");
  const again = rig.look("view=rules");
  assert.equal(rig.samples, 1, "what there was is there still");
  await again.reader.cancel();
  await rig.pass(KEPT_MS);
  const late = rig.look("view=rules");
  assert.equal(rig.samples, 2);
  await late.reader.cancel();
  rig.hub.close();
});

test("what is asked for and makes no sense is taken for what is usual", () => {
  const long = "x".repeat(10_000);
  const params = `view=__proto__&span=1&offset=-5&endpoint=${long}&text=${long}`;
  const { view, span, endpoint, targets } = choiceOf(new URLSearchParams(params));
  assert.deepEqual([view, span, targets.offset], ["overview", "30m", 0]);
  assert.deepEqual([endpoint.length, targets.text.length], [200, 200]);
  for (const offset of ["1e999", "NaN", "x", "0.5"]) {
    assert.equal(choiceOf(new URLSearchParams({ offset })).targets.offset, 0);
  }
});
