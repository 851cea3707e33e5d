/** One behaviour, and what walq makes of it. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EndpointSnapshot, Queue } from "../../mod.ts";
import type { Logger } from "../../mod.ts";
import type { Behaviour, Stage } from "./behaviour.ts";

/** What walq did. */
export interface Observed {
  /** What became of the samples. */
  readonly did: string;
  /** In how many attempts, where it has come to an end. */
  readonly attempts: number | undefined;
  /** The first line of the log that warns or more; empty without one. */
  readonly said: string;
}

const SERIES = ["plain_a", "plain_b", "plain_c", "poison"] as const;
/** So many attempts show that it goes on trying. */
const ATTEMPTS = 12;
const LOOK_MS = 10;
/** No attempt for so long is a pause: nothing else here lasts a second, on a machine that is not busy. */
const PAUSE_MS = 10_000;

const QUICK = {
  parallelism: 1,
  flushInterval: "10ms",
  retryBackoff: "10ms",
  retryBackoffMax: "50ms",
  writeTimeout: "1s",
} as const;

/** Sends four samples of four series to an endpoint that behaves so. */
export async function observe(behaviour: Behaviour): Promise<Observed> {
  const directory = mkdtempSync(join(tmpdir(), "walq-behaviour-"));
  const closing: (() => Promise<unknown> | void)[] = [];
  const stage: Stage = {
    closeLater: (close) => closing.push(close),
    file: (name, text) => {
      const path = join(directory, name);
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
      return path;
    },
  };
  try {
    const place = await behaviour.open(stage);
    const log = new FirstWarning();
    const endpoint = { ...QUICK, ...place, name: "one" };
    const dataPath = join(directory, "data");
    const queue = await Queue.open({ dataPath, endpoints: [endpoint] }, { logger: log });
    closing.push(() => queue.close());
    const appender = queue.appender();
    for (const name of SERIES) appender.append({ __name__: name }, Date.now(), 1);
    await appender.commit({ durable: true });
    const outcome = await outcomeOf(() => queue.stats().endpoints[0]!);
    return { ...outcome, said: normal(log.line) };
  } finally {
    for (const close of closing.reverse()) await close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function outcomeOf(look: () => EndpointSnapshot): Promise<Omit<Observed, "said">> {
  const open = (did: string) => ({ did, attempts: undefined });
  let seen = 0;
  let seenMs = performance.now();
  while (performance.now() - seenMs < PAUSE_MS) {
    const { pendingSignals, deliveredTotal, droppedTotal, requestsTotal, ...more } = look();
    if (pendingSignals === 0) {
      const dropped = Object.entries(droppedTotal).filter(([, count]) => count > 0)
        .map(([reason, count]) => `${count} dropped as \`${reason}\``);
      const done = [...(deliveredTotal > 0 ? [`${deliveredTotal} delivered`] : []), ...dropped];
      const as = more.fallbacksTotal > 0 ? ", as 1.0" : "";
      return { did: `${done.join(", ")}${as}`, attempts: requestsTotal };
    }
    if (more.refusedMs > 0 && requestsTotal > 1) return open("held, and asked again after a pause");
    if (requestsTotal >= ATTEMPTS) return open("kept, and sent again");
    if (requestsTotal > seen) {
      seen = requestsTotal;
      seenMs = performance.now();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return open("kept, and sent again after a long wait");
}

class FirstWarning implements Logger {
  line = "";
  debug(): void {}
  info(): void {}
  warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#keep(message, fields);
  }
  error(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#keep(message, fields);
  }

  #keep(message: string, { error, reason }: Readonly<Record<string, unknown>>): void {
    const why = error ?? reason;
    if (this.line === "") this.line = why === undefined ? message : `${message}: ${why}`;
  }
}

/** Without what is another one at each run. */
function normal(line: string): string {
  return line.replace(/127\.0\.0\.1:\d{2,5}/g, "127.0.0.1:PORT");
}
