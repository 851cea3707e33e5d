/**
 * An endpoint that does everything wrong that a server can do, one thing after
 * the other, and then heals: every acknowledged sample arrives, but for those of
 * the one request that it rejects, and the accounts add up all along.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { PoisonedArrivals } from "./misbehaving/poisoned.ts";
import { LONG_WAIT, type Storm, STORMS } from "./misbehaving/storms.ts";
import { defaultOptions } from "./rounds/duplicates_bound.ts";
import { RoundLoad } from "./rounds/load.ts";
import { countMissing } from "./rounds/missing.ts";
import { REFUSES, RoundEndpoint } from "./rounds/round_endpoint.ts";
import { Senders } from "./rounds/senders.ts";
import { AccountsWatch, readAccounts } from "./support/accounts.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { until, untilReached } from "./support/until.ts";
import { metricSum, type Runtime, RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";

const SAMPLES = 800_000;
/** What the endpoint takes between two storms. */
const BREATH = 20_000;
const TIMEOUT = "remote_timeout: 1s";
/** Changes nothing that matters here, but it is a change. */
const OTHER_TIMEOUT = "remote_timeout: 1100ms";
const REJECTED = /^walq_dropped_signals_total\{.*reason="rejected".*\} (\S+)/m;

describe("an endpoint that does everything wrong, and heals", () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: all arrives but the request that it rejects`, async (context) => {
      const scene = await Scene.open(context, runtime);
      const sent = scene.senders.sendAll();
      for (const storm of STORMS) {
        await scene.breathe();
        await scene.weather(storm);
      }
      await scene.breathe();
      await scene.weather(LONG_WAIT);
      // The endpoint is well, and nobody asks it: a change of the configuration ends the wait.
      await scene.heal();
      await scene.reload();
      await sent;
      await scene.untilThrough();
      await scene.assertAccounted();
    });
  }
});

/** walq between senders and an endpoint. */
class Scene {
  readonly walq: WalqProgram;
  readonly senders: Senders;
  readonly #context: TestContext;
  readonly #config: string;
  readonly #endpoint: RoundEndpoint;
  readonly #load: RoundLoad = new RoundLoad(SAMPLES);
  readonly #arrivals: PoisonedArrivals = new PoisonedArrivals(this.#load);
  readonly #watch: AccountsWatch;

  private constructor(
    context: TestContext,
    parts: { walq: WalqProgram; endpoint: RoundEndpoint; config: string },
  ) {
    this.walq = parts.walq;
    this.senders = new Senders(this.#load, () => {});
    this.senders.walqIsAt(this.walq.writeUrl);
    this.#context = context;
    context.after(() => this.senders.stop());
    this.#config = parts.config;
    this.#endpoint = parts.endpoint;
    this.#watch = new AccountsWatch(this.walq);
  }

  static async open(context: TestContext, runtime: Runtime): Promise<Scene> {
    const endpoint = new RoundEndpoint(await freePort());
    await endpoint.goDown(REFUSES);
    context.after(() => endpoint.close());
    const config = await writeConfig({
      directory: scratchDirectory("misbehaving"),
      url: endpoint.url,
      endpoint: [TIMEOUT],
      // One request is refused whole: how it is split is for test/queue/split.test.ts.
      queueConfig: ["min_backoff: 30ms", "max_backoff: 200ms", "split_on_bad_request: false"],
    });
    const walq = await WalqProgram.start(runtime, config);
    context.after(() => walq.program.stop("SIGKILL"));
    return new Scene(context, { walq, endpoint, config });
  }

  /** The endpoint is up for a moment: walq has recovered from what was before. */
  async breathe(): Promise<void> {
    const goal = this.#arrivals.taken.delivered + BREATH;
    await this.heal();
    await untilReached("samples go out", goal, () => this.#arrivals.taken.delivered);
  }

  async heal(): Promise<void> {
    await this.#endpoint.comeUp(this.#arrivals);
  }

  async weather(storm: Storm): Promise<void> {
    await this.#endpoint.goDown(storm);
    const goal = this.#endpoint.requests + storm.requests;
    const { delivered } = this.#arrivals.taken;
    await untilReached(`requests meet ${storm.name}`, goal, () => this.#endpoint.requests);
    // A storm takes nothing, so nothing may count as delivered for it.
    assert.equal(this.#arrivals.taken.delivered, delivered, storm.name);
    const answer = await fetch(`${this.walq.origin}/-/healthy`);
    assert.equal(answer.status, 200, storm.name);
    await answer.arrayBuffer();
    const { accepted, pending } = await readAccounts(this.walq);
    this.#context.diagnostic(`${storm.name}: ${accepted} accepted, ${pending} pending`);
    assert.ok(pending > 0, `${storm.name}: nothing was left to be sent`);
  }

  async reload(): Promise<void> {
    writeFileSync(
      this.#config,
      readFileSync(this.#config, "utf8").replace(TIMEOUT, OTHER_TIMEOUT),
    );
    process.kill(this.walq.program.pid, "SIGHUP");
    const reloaded = (): boolean => this.walq.program.output.includes("configuration reloaded");
    await until("the configuration is reloaded", reloaded);
  }

  /** Everything has an outcome. */
  async untilThrough(): Promise<void> {
    const { taken, rejected } = this.#arrivals;
    const settled = (): number => taken.delivered + rejected.delivered;
    await untilReached("all has an outcome", SAMPLES, settled);
    await until("nothing is pending", async () => (await readAccounts(this.walq)).pending === 0);
  }

  async assertAccounted(): Promise<void> {
    await this.#watch.stop();
    const { taken, rejected, rejectedRequests } = this.#arrivals;
    this.#context.diagnostic(
      `${this.#watch.readings} readings of the accounts; ${taken.duplicates} duplicates; ` +
        `${this.#endpoint.requests} requests`,
    );
    assert.deepEqual(this.#watch.wrong, []);
    assert.equal(rejectedRequests, 1);
    assert.equal(rejected.duplicates + rejected.wrong, 0);
    assert.ok(rejected.delivered <= defaultOptions().endpoints[0]!.batchCountMax);
    assert.equal(countMissing(this.#load, this.senders, taken), rejected.delivered);
    assert.deepEqual({ wrong: taken.wrong, overtaken: taken.overtaken }, {
      wrong: 0,
      overtaken: 0,
    });

    const text = await (await fetch(`${this.walq.origin}/metrics`)).text();
    assert.equal(Number(REJECTED.exec(text)?.[1]), rejected.delivered);
    assert.equal(metricSum(text, "walq_dropped_signals_total"), rejected.delivered);
    const exit = await this.walq.program.stop("SIGTERM");
    assert.equal(exit.code, 0, this.walq.program.describe());
  }
}
