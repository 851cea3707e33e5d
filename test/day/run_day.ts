import { Queue } from "../../src/queue.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { dated } from "../support/dated.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { DayEndpoints, type EndpointName, NAMES, SAMPLES_A_SIGNAL } from "./endpoints.ts";

const SCRAPE_MS = 15_000;
const NIGHT_SAMPLES_S = 30_000;
const PEAK_SAMPLES_S = 90_000;
/** The part of the day at which most comes in. */
const PEAK = 14 / 24;

/** An endpoint at one moment. */
export interface Point {
  readonly atMs: number;
  readonly shards: number;
  readonly desired: number;
  /** How far the newest sample that was taken is behind the newest that came in. */
  readonly driftMs: number;
  /** Answers a minute that were no 2xx, since the point before. */
  readonly errors: number;
  readonly pendingSignals: number;
}

export interface Day {
  readonly dayMs: number;
  readonly points: Readonly<Record<EndpointName, readonly Point[]>>;
}

/** What comes in, in samples a second. */
export function loadAt(part: number): number {
  const swing = (1 + Math.cos(2 * Math.PI * (part - PEAK))) / 2;
  // Most of a day is not its peak.
  return NIGHT_SAMPLES_S + (PEAK_SAMPLES_S - NIGHT_SAMPLES_S) * swing ** 2;
}

/**
 * One day of a queue with the default options for its shards, on a host in memory: the
 * queue is the real one, from intake to the network; time, disk and endpoints are not.
 */
export async function runDay(hours: number, seed: number): Promise<Day> {
  const platform = new MemoryPlatform({ seed });
  const { time } = platform;
  const dayMs = hours * 3_600_000;
  const endpoints = new DayEndpoints(time, dayMs);
  platform.http.script = async (request) => {
    const name = new URL(request.url).hostname as EndpointName;
    return dated(await endpoints.answer(name, request.body!), time.trueMs());
  };
  const queue = await Queue.open({
    dataPath: "/data",
    ttl: "2d",
    endpoints: NAMES.map((name) => ({ name, url: `http://${name}/write`, batchCount: 5 })),
  }, { platform, logger: new MemoryLogger() });
  const points: Record<EndpointName, Point[]> = { fast: [], slow: [], recovering: [], limited: [] };
  const errorsBefore = { ...endpoints.errors };
  const everyMs = Math.max(60_000, dayMs / 720);
  for (let atMs = 0, pointMs = 0; atMs < dayMs; atMs += SCRAPE_MS) {
    const signals = Math.round(loadAt(atMs / dayMs) * SCRAPE_MS / 1000 / SAMPLES_A_SIGNAL);
    const nowMs = time.nowMs();
    const series = Array.from(
      { length: signals },
      (_, n) => wireSeries({ __name__: `s${n}` }, nowMs, atMs),
    );
    const written = queue.write(encodeRequest(series), {
      contentType: "application/x-protobuf",
      contentEncoding: "snappy",
    });
    await time.advance(atMs + SCRAPE_MS - time.monotonicMs());
    await written;
    if (atMs < pointMs) continue;
    pointMs += everyMs;
    for (const one of queue.stats().endpoints) {
      const name = one.name as EndpointName;
      points[name].push({
        atMs,
        shards: one.shards,
        desired: one.shardsDesired,
        driftMs: Math.max(0, one.incomingNewestMs - one.sentNewestMs),
        errors: (endpoints.errors[name] - errorsBefore[name]) * 60_000 / everyMs,
        pendingSignals: one.pendingSignals,
      });
      errorsBefore[name] = endpoints.errors[name];
    }
  }
  const closing = queue.close({ graceMs: 0 });
  await time.advance(10_000);
  await closing;
  return { dayMs, points };
}
