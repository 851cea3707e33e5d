/** What users of the queue do. */
import type { Appender } from "../../src/appender/appender.ts";
import { WalqError } from "../../src/errors.ts";
import type { Labels, SeriesRef } from "../../src/types.ts";
import {
  bitsOf,
  encodePlainRequest,
  wireHistogram,
  wireSeries,
} from "../support/remote_write_v1.ts";
import { type Commit, kindOf, type Row, SERIES } from "./model.ts";
import { pack } from "./snappy.ts";
import type { World } from "./world.ts";

const CONTENT = { contentType: "application/x-protobuf", contentEncoding: "snappy" };
/** A commit may be answered with these and no others. */
const REFUSALS: readonly string[] = ["STORAGE", "OVERLOADED", "CLOSED"];

/** How a commit goes in. */
export interface Way {
  readonly durable: boolean;
  readonly by: "appender" | "bytes";
}

/** What comes with the rows of a commit: it counts, and nothing more is known of it. */
interface Company {
  /** Rows that have an exemplar each. */
  readonly exemplars: ReadonlySet<Row>;
  /** Help texts, by series. */
  readonly metadata: ReadonlyMap<number, string>;
}

/** Commits rows of random series, without waiting for the answer; resolves with it. */
export function commit(world: World, way: Way, rows: number): Promise<void> {
  const { dice, model, host } = world;
  const series = Array.from({ length: rows }, () => dice.between(0, SERIES - 1));
  const one = model.begin(series, world.clocks.senderMs());
  const company = companyOf(world, one);
  const signals = rows + company.exemplars.size + company.metadata.size;
  world.commitSizeMax = Math.max(world.commitSizeMax, signals);
  world.unanswered.add(one);
  world.tally.commits++;
  const send = way.by === "bytes" ? write : append;
  const answered = send(world, one, company, way);
  return answered.then(
    ({ accepted }) => {
      if (host !== world.host) return;
      world.unanswered.delete(one);
      // A sender on the host whose clock was behind when it began: what it sends is old by now,
      // but for metadata, which has no time.
      if (
        accepted <= company.metadata.size &&
        one.rows.every(({ timestampMs }) => timestampMs < model.cutoffMs)
      ) {
        one.state = "failed";
        return;
      }
      // Metadata that the batch has already is the same signal.
      if (accepted > signals || accepted < signals - company.metadata.size) {
        model.violate(`commit ${one.id}: ${accepted} of ${signals} accepted`);
      }
      // A close that began meanwhile may have ended: then it is durable already.
      if (way.durable) model.ack(one, world.time.monotonicMs());
      else if (one.state === "open") one.state = "accepted";
    },
    (error) => {
      if (host !== world.host) return;
      world.unanswered.delete(one);
      one.state = "failed";
      world.tally.refused++;
      const isRefusal = error instanceof WalqError && REFUSALS.includes(error.code);
      if (!isRefusal) model.violate(`commit ${one.id}: ${error}`);
    },
  );
}

/** One that calls again as soon as it has an answer, as a sender with a backlog does. */
export async function commitInTurn(world: World, way: Way, times: number): Promise<void> {
  const { host } = world;
  for (let time = 0; time < times; time++) {
    if (host !== world.host || host.queue === undefined) return;
    await commit(world, way, 1);
  }
}

const STREAM_EVERY_MS = 10;

/** One that does not wait for answers, as many small senders do not. */
export async function stream(world: World, way: Way, times: number): Promise<void> {
  const { host } = world;
  for (let time = 0; time < times; time++) {
    if (host !== world.host || host.queue === undefined) return;
    void commit(world, way, 1);
    await new Promise<void>((resolve) => world.time.after(STREAM_EVERY_MS, resolve));
  }
}

export function rollback(world: World): void {
  const { dice, model } = world;
  const series = Array.from({ length: 3 }, () => dice.between(0, SERIES - 1));
  const one = model.begin(series, world.clocks.senderMs(), "rolled_back");
  const appender = world.host.queue!.appender();
  for (const row of one.rows) appendRow(appender, labelsOf(row.series), row);
  appender.rollback();
}

export async function flush(world: World): Promise<void> {
  const { model, host } = world;
  const accepted = model.commits.filter(({ state }) => state === "accepted");
  try {
    await host.queue!.flush();
    if (host === world.host) {
      for (const one of accepted) model.ack(one, world.time.monotonicMs());
    }
  } catch (error) {
    if (host !== world.host) return;
    if (!(error instanceof WalqError) || error.code !== "STORAGE") model.violate(`flush: ${error}`);
  }
}

function companyOf({ dice, model }: World, { id, rows }: Commit): Company {
  const some = model.hasCompany && dice.chance(0.5) ? rows.filter(() => dice.chance(0.5)) : [];
  const families = some.filter(() => dice.chance(0.5)).map(({ series }) => series);
  return {
    exemplars: new Set(some.filter(() => dice.chance(0.5))),
    metadata: new Map(families.map((series) => [series, dice.pick(["", `since ${id}`])])),
  };
}

function append(
  world: World,
  one: Commit,
  { exemplars, metadata }: Company,
  { durable }: Way,
): Promise<{ accepted: number }> {
  const appender = world.host.queue!.appender();
  const refs = new Map<number, number>();
  for (const row of one.rows) {
    const { series } = row;
    const ref = appendRow(appender, refs.get(series) ?? labelsOf(series), row);
    refs.set(series, ref);
    if (exemplars.has(row)) appender.appendExemplar(ref, { labels: {}, value: row.value });
  }
  for (const [series, help] of metadata) {
    appender.updateMetadata(`s${series}`, { type: "gauge", help });
  }
  return appender.commit({ durable });
}

function appendRow(
  appender: Appender,
  series: SeriesRef | Labels,
  row: Row,
): SeriesRef {
  const { timestampMs, value } = row;
  if (kindOf(row) === "sample") return appender.append(series, timestampMs, value);
  const histogram = { type: "float", count: 2, zeroCount: 2, zeroThreshold: 0.001 } as const;
  return appender.appendHistogram(series, timestampMs, { ...histogram, schema: 0, sum: value });
}

function write(
  world: World,
  one: Commit,
  { exemplars, metadata }: Company,
  { durable }: Way,
): Promise<{ accepted: number }> {
  const request = encodePlainRequest(
    one.rows.map((row) => {
      const wire = kindOf(row) === "sample" ? wireSeries : wireHistogram;
      const series = wire(labelsOf(row.series), row.timestampMs, row.value);
      const exemplar = { valueBits: bitsOf(row.value), timestampMs: BigInt(row.timestampMs) };
      return exemplars.has(row) ? { ...series, exemplars: [exemplar] } : series;
    }),
    [...metadata].map(([series, help]) => [`s${series}`, help]),
  );
  return world.host.queue!.write(pack(request), CONTENT, { durable });
}

function labelsOf(series: number): Record<string, string> {
  return { __name__: `s${series}`, job: "simulation" };
}
