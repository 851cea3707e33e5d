/**
 * What is new goes first: before a real Prometheus that takes samples out of order, and
 * before one that does not, behind a door that is shut for a while.
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { Queue } from "../../mod.ts";
import { uncompress } from "../support/hysnappy.ts";
import { decodePlainRequest } from "../support/remote_write_v1.ts";
import { missing } from "./support/installed.ts";
import { Prometheus } from "./support/prometheus.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";

const skip = missing("prometheus");
const MINUTE_MS = 60_000;
/** A backlog of half an hour, a sample every ten seconds. */
const BACKLOG = 180;
const STEP_MS = 10_000;
/** How long an answer takes, and how often something new comes in. */
const ANSWER_MS = 60;
const PACE_MS = 100;
/** After so long what came in is a backlog, as `FreshFirst` sees it. */
const OLD_MS = 4_000;

/** Stands before a Prometheus: shut it answers 503, open it takes its time. */
class Door {
  isShut = false;
  /** Values of the series in the order in which Prometheus took them. */
  readonly taken: { readonly metric: string; readonly value: number }[] = [];
  readonly #server: Server;

  constructor(target: string) {
    this.#server = createServer((request, response) => {
      const parts: Uint8Array[] = [];
      request.on("data", (part: Uint8Array) => parts.push(part));
      request.on(
        "end",
        () =>
          void this.#pass(Uint8Array.from(Buffer.concat(parts)), request.headers, target)
            .then(({ status, text }) => response.writeHead(status).end(text)),
      );
    });
  }

  async #pass(
    body: Uint8Array<ArrayBuffer>,
    headers: NodeJS.Dict<string | string[]>,
    target: string,
  ): Promise<{ status: number; text: string }> {
    if (this.isShut) return { status: 503, text: "shut" };
    // A receiver that takes its time: else there is no backlog to overtake.
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    const names = ["content-type", "content-encoding", "x-prometheus-remote-write-version"];
    const passed = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
    const answer = await fetch(target, { method: "POST", headers: passed, body });
    const text = await answer.text();
    if (answer.ok) this.#note(body);
    return { status: answer.status, text };
  }

  #note(body: Uint8Array): void {
    const view = new DataView(new ArrayBuffer(8));
    for (const { labels, samples } of decodePlainRequest(uncompress(body))) {
      const metric = labels.find(([name]) => name === "__name__")![1];
      for (const { valueBits } of samples) {
        view.setBigUint64(0, valueBits);
        this.taken.push({ metric, value: view.getFloat64(0) });
      }
    }
  }

  hasTaken(wanted: number): boolean {
    return this.taken.some(({ metric, value }) => metric === "peer_order" && value === wanted);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/write`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** An outage of half an hour by the samples' times: what was there after it, by the order of arrival and by a query. */
async function outage(configuration: string): Promise<{
  readonly values: readonly number[];
  readonly queried: readonly number[];
  readonly refusal: string | undefined;
  readonly rejected: number;
  readonly committed: number;
}> {
  const prometheus = await Prometheus.start(configuration);
  const door = new Door(prometheus.writeUrl);
  const url = await door.listen();
  const queue = await Queue.open({
    dataPath: scratchDirectory("fresh_first"),
    endpoints: [{
      name: "prometheus",
      url,
      sendOrder: "fresh_first",
      freshFirstAfter: "1s",
      batchCount: 1,
      parallelism: 1,
      retryBackoff: "100ms",
      retryBackoffMax: "200ms",
    }],
  });
  let committed = 0;
  const put = async (timestampMs: number): Promise<void> => {
    const appender = queue.appender();
    appender.append({ __name__: "peer_order" }, timestampMs, committed++);
    await appender.commit({ durable: true });
  };
  const startMs = Date.now() - (BACKLOG + 1) * STEP_MS;
  const state = () => queue.stats().endpoints[0]!;
  await put(startMs);
  await until("the first one is taken", () => state().pendingSignals === 0);
  door.isShut = true;
  for (let at = 1; at <= BACKLOG; at++) await put(startMs + at * STEP_MS);
  // What came in within the last three seconds goes with what is new: the clock itself has to move.
  await new Promise((resolve) => setTimeout(resolve, OLD_MS));
  door.isShut = false;
  let lastMs = 0;
  let isThrough = false;
  const through = until("the end of the backlog is taken", () => door.hasTaken(BACKLOG))
    .finally(() => isThrough = true);
  // What is new comes at its pace, as long as there is a backlog.
  while (!isThrough) {
    lastMs = Math.max(lastMs + 1, Date.now());
    await put(lastMs);
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  await through;
  await until("all is sent", () => state().pendingSignals === 0);
  const { orderRefusal: refusal, droppedTotal } = state();
  await queue.close();
  const found = await prometheus.query("peer_order[2h]", Date.now() + MINUTE_MS);
  await prometheus.program.stop();
  door.close();
  const values = door.taken.filter(({ metric }) => metric === "peer_order");
  return {
    values: values.map(({ value }) => value),
    queried: found.flatMap(({ values }) => values.map(([_at, value]) => Number(value))),
    refusal,
    rejected: droppedTotal.rejected,
    committed,
  };
}

function countUpTo(end: number): number[] {
  return Array.from({ length: end }, (_, value) => value);
}

describe("fresh first", () => {
  it("new samples come before the backlog, and a query finds all, in a Prometheus with a window", {
    skip,
  }, async () => {
    const window = "storage:\n  tsdb:\n    out_of_order_time_window: 3h\n";
    const { values, queried, refusal, rejected, committed } = await outage(window);
    assert.equal(refusal, undefined);
    assert.equal(rejected, 0);
    assert.deepEqual(queried, countUpTo(committed));
    const fresh = values.filter((value) => value > BACKLOG);
    const backlog = values.filter((value) => value <= BACKLOG);
    assert.deepEqual(backlog, countUpTo(BACKLOG + 1));
    assert.deepEqual(fresh, fresh.toSorted((a, b) => a - b));
    const before = values.slice(0, values.indexOf(BACKLOG)).filter((value) => value > BACKLOG);
    assert.ok(before.length > 10, `${before.length} new ones before the end of the backlog`);
  });

  it("one without a window says so when it is asked, and nothing is lost", { skip }, async () => {
    const { values, queried, refusal, rejected, committed } = await outage("global: {}\n");
    assert.match(refusal ?? "", /out of order sample|out of bounds/);
    assert.equal(rejected, 0);
    assert.deepEqual(values, countUpTo(committed));
    assert.deepEqual(queried, countUpTo(committed));
  });
});
