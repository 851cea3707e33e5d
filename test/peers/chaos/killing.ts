/** Kills one of many again and again, each of which begins again a while later. */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../../src/contracts.ts";
import type { Restartable } from "./restartable.ts";

/** From when one is killed until it begins again, at least and at most. */
const DOWN_MS_MIN = 500;
const DOWN_MS_MAX = 4_500;

/** Which, and how often. */
export interface KillingOptions {
  readonly all: readonly Restartable[];
  readonly seconds: number;
  /** Between two kills. */
  readonly everyMs: number;
  /** So many servers may be down at once. */
  readonly serversDownMax: number;
  readonly random: Random;
  readonly onKilled: (one: Restartable) => void;
}

/** Resolves to how many of each kind were killed, when all are there again. */
export async function killAgainAndAgain(
  { all, seconds, everyMs, serversDownMax, random, onKilled }: KillingOptions,
): Promise<Record<Restartable["kind"], number>> {
  const kills = { intake: 0, sender: 0, server: 0 };
  const beginning = new Set<Promise<void>>();
  const down = new Set<Restartable>();
  for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs;) {
    await delay(everyMs * (0.5 + random()));
    const serversDown = [...down].filter(({ kind }) => kind === "server").length;
    // One that is down already is left alone: else, while nobody can begin, all would hit the servers.
    const one = all[Math.floor(random() * all.length)]!;
    if (down.has(one) || (one.kind === "server" && serversDown >= serversDownMax)) continue;
    kills[one.kind]++;
    down.add(one);
    await one.kill();
    onKilled(one);
    const downMs = DOWN_MS_MIN + random() * (DOWN_MS_MAX - DOWN_MS_MIN);
    const begun = delay(downMs).then(() => one.begin()).finally(() => {
      down.delete(one);
      beginning.delete(begun);
    });
    beginning.add(begun);
  }
  await Promise.all(beginning);
  return kills;
}
