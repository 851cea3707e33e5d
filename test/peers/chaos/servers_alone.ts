/**
 * What servers of NATS keep of what they acknowledge, without walq's queue: what nobody has
 * deleted has to be there at the end. It tells a fault of theirs from one of walq.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Random, StreamLog, StreamSeq } from "../../../src/contracts.ts";
import { StreamError } from "../../../src/errors.ts";
import { openNatsStream } from "../../../src/platform/nats/connect.ts";
import { NatsServer } from "../support/nats.ts";
import { killAgainAndAgain } from "./killing.ts";
import { restartable } from "./restartable.ts";

const STREAM = "alone";
const BYTES = 400;
const RETRY_MS = 100;
const PURGE_EVERY_MS = 250;

/** How much of it. */
export interface ServersOptions {
  readonly seconds: number;
  /** Each sends a message to each subject at once, and again when all are acknowledged. */
  readonly publishers: number;
  /** Of all together. */
  readonly subjects: number;
  /** What came to one who follows is deleted, subject by subject, again and again. */
  readonly purges: boolean;
  readonly everyMs: number;
  readonly killEveryMs: number;
  readonly serversDownMax: number;
  readonly natsServer: string | undefined;
  readonly random: Random;
  readonly note: (line: string) => void;
}

/** In messages. */
export interface ServersResult {
  readonly acked: number;
  readonly missing: number;
  readonly kills: number;
}

export async function tryServers(options: ServersOptions): Promise<ServersResult> {
  const { seconds, publishers, subjects, killEveryMs, serversDownMax, natsServer, random, note } =
    options;
  const servers = await NatsServer.cluster({
    ...(natsServer !== undefined && { program: natsServer }),
  });
  const addresses = servers.map(({ address }) => address);
  const ending = new AbortController();
  try {
    const logs: StreamLog[] = [];
    while (logs.length < publishers) logs.push(await opened(addresses));
    const names = Array.from({ length: subjects }, (_, at) => `${STREAM}.${at}.batches`);
    const all = logs.map((log, at) => new Publisher(`publisher_${at}`, log, names));
    const following = new Following(await opened(addresses), names, all);
    const acked = (): number => all.reduce((sum, one) => sum + one.acked.size, 0);
    const working = all.map((one) => one.publish(options.everyMs, ending.signal));
    if (options.purges) {
      working.push(following.follow(ending.signal), following.purge(ending.signal));
    }
    const { server: kills } = await killAgainAndAgain({
      all: servers.map(restartable),
      seconds,
      everyMs: killEveryMs,
      serversDownMax,
      random,
      onKilled: ({ name }) => note(`${name} is killed; acknowledged ${acked()}`),
    });
    ending.abort();
    await Promise.all(working);
    const left = await opened(addresses);
    const there = new Set<string>();
    for await (const { id } of left.headsNow(`${STREAM}.*.batches`, 1)) there.add(id);
    const missing = all.flatMap((one) => one.missing((id) => there.has(id) || following.has(id)));
    for (const line of missing.slice(0, 20)) note(line);
    for (const log of [...logs, following.log, left]) await log.close();
    return { acked: acked(), missing: missing.length, kills };
  } finally {
    for (const server of servers) await server.kill();
  }
}

class Publisher {
  /** Where each is that was acknowledged. */
  readonly acked = new Map<string, StreamSeq>();
  readonly #name: string;
  readonly #log: StreamLog;
  readonly #subjects: readonly string[];
  /** Where the first one is of those that were sent the last time and are all acknowledged. */
  newest: StreamSeq = 0;

  constructor(name: string, log: StreamLog, subjects: readonly string[]) {
    this.#name = name;
    this.#log = log;
    this.#subjects = subjects;
  }

  async publish(everyMs: number, signal: AbortSignal): Promise<void> {
    const data = new Uint8Array(BYTES);
    for (let count = 0; !signal.aborted; count++) {
      const seqs = await Promise.all(this.#subjects.map(async (subject) => {
        const id = `${this.#name} ${subject} ${count}`;
        await untilTaken(signal, async () => {
          const { seq } = await this.#log.publish({ subject, id, headers: {}, data });
          this.acked.set(id, seq);
        });
        return this.acked.get(id) ?? 0;
      }));
      this.newest = Math.min(...seqs);
      await delay(everyMs);
    }
  }

  missing(isKnown: (id: string) => boolean): string[] {
    return [...this.acked].filter(([id]) => !isKnown(id))
      .map(([id, seq]) => `${id} at ${seq} is not there`);
  }
}

/** Reads what comes, and deletes what it has read, and nothing that is behind what it has not. */
class Following {
  readonly log: StreamLog;
  readonly #subjects: readonly string[];
  readonly #publishers: readonly Publisher[];
  readonly #read = new Set<string>();
  #newest: StreamSeq = 0;

  constructor(log: StreamLog, subjects: readonly string[], publishers: readonly Publisher[]) {
    this.log = log;
    this.#subjects = subjects;
    this.#publishers = publishers;
  }

  has(id: string): boolean {
    return this.#read.has(id);
  }

  async follow(signal: AbortSignal): Promise<void> {
    await untilTaken(signal, async () => {
      const from = this.#newest + 1;
      for await (const { id, seq } of this.log.heads(`${STREAM}.*.batches`, from, signal)) {
        this.#read.add(id);
        this.#newest = seq;
      }
    });
  }

  async purge(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(PURGE_EVERY_MS);
      const below = this.#below;
      await Promise.all(
        this.#subjects.map((subject) => untilTaken(signal, () => this.log.purge(subject, below))),
      );
    }
  }

  get #below(): StreamSeq {
    // Of what is on its way nobody knows whether it is stored.
    let below = Math.min(this.#newest + 1, ...this.#publishers.map(({ newest }) => newest));
    for (const { acked } of this.#publishers) {
      for (const [id, seq] of acked) if (!this.#read.has(id)) below = Math.min(below, seq);
    }
    return below;
  }
}

async function untilTaken(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** As soon as they answer. */
async function opened(servers: readonly string[]): Promise<StreamLog> {
  for (;;) {
    try {
      const { log } = await openNatsStream({
        servers,
        clientName: "alone",
        timeoutMs: 10_000,
        identity: () => ({}),
        stream: STREAM,
        replicas: 3,
        maxBytes: 1e9,
        duplicateWindowMs: 120_000,
        makes: true,
      });
      return log!;
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      await delay(RETRY_MS);
    }
  }
}
