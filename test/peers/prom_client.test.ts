/**
 * A prom-client application on each runtime, into a real Prometheus, through a restart of
 * the application, one of Prometheus, and a SIGKILL: no gap, no sample out of order but such
 * as Prometheus has already, and it counts the resets of the counters that there were.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing } from "./support/installed.ts";
import { Program } from "./support/program.ts";
import { Prometheus } from "./support/prometheus.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";

const NODE_APP = "build/test/peers/prom_client/app.js";
const APP = "test/peers/prom_client/app.ts";
/** The application under each runtime, from the root of the repository. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "node-20": ["node_modules/node-20/bin/node", NODE_APP],
  "node-26": ["node_modules/node-26/bin/node", NODE_APP],
  deno: ["node_modules/.bin/deno", "run", "-A", "--no-check", APP],
  bun: ["node_modules/.bin/bun", APP],
};
/** How many rounds there are at least between two events. */
const ROUNDS = 6;

const skip = missing("prometheus");

/** The lives of one application. */
class App {
  readonly runtime: string;
  readonly #dataPath: string;
  readonly #url: string;
  #program: Program | undefined;
  /** Rounds of each life. */
  readonly lives: number[] = [];
  /** What Prometheus refused, of each life that ended by itself. */
  readonly rejected: number[] = [];

  constructor(runtime: string, url: string) {
    this.runtime = runtime;
    this.#url = url;
    this.#dataPath = join(scratchDirectory("prom-client"), "data");
  }

  /** Begins a life, and waits for its first rounds. */
  async start(): Promise<void> {
    const command = [...COMMANDS[this.runtime]!, this.#url, this.#dataPath, this.runtime];
    this.#program = new Program(command);
    await this.someRounds();
  }

  get #rounds(): number {
    const rounds = [...this.#program!.output.matchAll(/^round (\d+)$/gm)];
    return Number(rounds.at(-1)?.[1] ?? 0);
  }

  async someRounds(): Promise<void> {
    const goal = this.#rounds + ROUNDS;
    let hasEnded = false;
    void this.#program!.exited.then(() => hasEnded = true);
    await until(`${this.runtime} collects`, () => {
      assert.ok(!hasEnded, this.#program!.describe());
      return this.#rounds >= goal;
    });
  }

  /** Ends a life. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const exit = await this.#program!.stop(signal);
    this.lives.push(this.#rounds);
    if (signal === "SIGKILL") return;
    assert.equal(exit.code, 0, `${this.runtime}: ${this.#program!.describe()}`);
    const [, rejected, pending] = /^rejected (\d+) pending (\d+)$/m.exec(this.#program!.output) ??
      [];
    assert.equal(pending, "0", this.#program!.describe());
    this.rejected.push(Number(rejected));
  }
}

describe("applications with prom-client", () => {
  let prometheus: Prometheus;
  before(async () => {
    if (!skip) prometheus = await Prometheus.start();
  });
  after(async () => {
    if (!skip) await prometheus.program.stop();
  });

  /** What Prometheus refused since it was started. */
  async function outOfOrder(): Promise<number> {
    const page = await (await fetch(`${prometheus.origin}/metrics`)).text();
    const counts = page.matchAll(/^prometheus_tsdb_out_of_order_samples_total\S* (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** What an instant query gives for each application. */
  async function askEach(query: string, time: number): Promise<Map<string, string>> {
    interface Instant {
      readonly metric: { readonly instance: string };
      readonly value: readonly [number, string];
    }
    const asked = { query, time: String(time) };
    const { result } = await prometheus.api<{ result: Instant[] }>("query", asked);
    return new Map(result.map(({ metric, value }) => [metric.instance, value[1]]));
  }

  it("leave no gap, and nothing out of order", { skip }, async () => {
    const apps = Object.keys(COMMANDS).map((runtime) => new App(runtime, prometheus.writeUrl));
    const all = (work: (app: App) => Promise<void>): Promise<unknown> =>
      Promise.all(apps.map(work));
    await all((app) => app.start());
    await all((app) => app.stop("SIGTERM"));
    await all((app) => app.start());
    assert.equal(await outOfOrder(), 0);
    await prometheus.program.stop();
    await all((app) => app.someRounds());
    await prometheus.startAgain();
    await all((app) => app.someRounds());
    await all((app) => app.stop("SIGKILL"));
    await all((app) => app.start());
    await all((app) => app.stop("SIGTERM"));
    // What was on its way at the SIGKILL may come twice, and Prometheus has it then.
    const [firsts, lasts] = [0, 1].map((life) => apps.map(({ rejected }) => rejected[life]!));
    assert.deepEqual(firsts, apps.map(() => 0));
    if (lasts!.every((rejected) => rejected === 0)) assert.equal(await outOfOrder(), 0);

    const series = await prometheus.query("rounds_total[1h]", Date.now());
    assert.equal(series.length, apps.length);
    for (const { runtime, lives } of apps) {
      const { values } = series.find(({ metric }) => metric["instance"] === runtime)!;
      const counted = values.map(([, value]) => Number(value));
      // Each life counts from 1, and leaves none out.
      const expected = lives.flatMap((rounds, life) => {
        // The round that was under way at the SIGKILL may not have been durable.
        const isKilled = life === 1;
        const ends = counted.findIndex((value, at) => value === 1 && at > lives[0]!);
        const known = isKilled ? ends - lives[0]! : rounds;
        if (isKilled) assert.ok(known >= rounds - 1, `${runtime}: ${known} of ${rounds}`);
        return Array.from({ length: known }, (_, round) => round + 1);
      });
      assert.deepEqual(counted, expected, runtime);
    }
    const lastSeconds = Math.max(...series.flatMap(({ values }) => values.map(([at]) => at)));
    const resets = await askEach("resets(rounds_total[1h])", lastSeconds);
    assert.deepEqual([...resets.values()], apps.map(() => "2"));
    // It is read before the counter is, and the round of the SIGKILL may not be there.
    const observed = await askEach("max_over_time(took_seconds_count[1h])", lastSeconds);
    for (const { runtime, lives } of apps) {
      const got = Number(observed.get(runtime));
      assert.ok(got >= Math.max(...lives) - 2, `${runtime}: ${got} of ${lives}`);
    }
    const ups = await askEach("min_over_time(up[1h])", lastSeconds);
    assert.deepEqual([...ups.values()], apps.map(() => "1"));
    // They have ended, and say so.
    assert.equal((await askEach("rounds_total", lastSeconds + 1)).size, 0);
  });
});
