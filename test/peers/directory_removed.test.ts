/**
 * Somebody removes the endpoint's directory while walq runs. What was in it is
 * lost, by their hand, and counted; walq stands, and goes on.
 */
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Arrivals } from "./rounds/arrivals.ts";
import { REQUEST_ROWS, RoundLoad, SERIES } from "./rounds/load.ts";
import { RoundEndpoint } from "./rounds/round_endpoint.ts";
import { AccountsWatch } from "./support/accounts.ts";
import { answers } from "./support/faults.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { Sender, type SentAnswer } from "./support/send.ts";
import { until, untilReached } from "./support/until.ts";
import { dataPathOf, type Runtime, RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";

const BEFORE = 5;
const AFTER = 5;

describe("the endpoint's directory is removed while walq runs", () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: a clear answer, no crash, and a restart mends it`, async (context) => {
      const scene = await open(context, runtime);
      for (let block = 0; block < BEFORE; block++) await scene.sendDurably(block);
      scene.removeDirectory();
      const answer = await scene.send(BEFORE);
      context.diagnostic(`the next write: ${answer.status} ${answer.text.trim()}`);
      if (answer.status !== 204) {
        assert.equal(answer.status, 503);
        assert.ok(Number(answer.retryAfter) > 0);
      }
      assert.equal((await fetch(`${scene.walq.origin}/-/healthy`)).status, 200);
      const exit = await scene.walq.program.stop("SIGTERM");
      assert.equal(exit.code, 0, scene.walq.program.describe());

      await scene.startAgain(runtime);
      for (let block = BEFORE; block < BEFORE + AFTER; block++) await scene.sendDurably(block);
      await scene.endpoint.comeUp(scene.arrivals);
      await scene.assertArrived(BEFORE, BEFORE + AFTER);
    });

    it(`${runtime}: the next write makes it again durably and answers 204`, async (context) => {
      const scene = await open(context, runtime);
      for (let block = 0; block < BEFORE; block++) await scene.sendDurably(block);
      scene.removeDirectory();
      for (let block = BEFORE; block < BEFORE + AFTER; block++) await scene.sendDurably(block);
      const watch = new AccountsWatch(scene.walq);
      await scene.endpoint.comeUp(scene.arrivals);
      await scene.assertArrived(BEFORE, BEFORE + AFTER);
      const pending = async (): Promise<boolean> =>
        await scene.walq.metric("walq_pending_signals") === 0;
      await until("nothing is pending", pending);
      await watch.stop();
      assert.deepEqual(watch.wrong, []);
      // What nobody can send any more is not silent, but for what was in memory or on its way.
      const dropped = await scene.walq.metric("walq_dropped_signals_total");
      assert.equal(dropped + scene.arrivals.delivered, (BEFORE + AFTER) * REQUEST_ROWS);
      // The ids that were given out are on record again.
      const names = readdirSync(join(scene.dataPath, "peer"));
      assert.ok(names.some((name) => name.endsWith(".reserved")), names.join(", "));
      assert.equal((await scene.walq.program.stop("SIGTERM")).code, 0);
    });
  }
});

/** walq with an endpoint that is down, and a load of one request a block. */
class RemovalScene {
  walq: WalqProgram;
  readonly endpoint: RoundEndpoint;
  readonly load: RoundLoad = new RoundLoad(SERIES);
  readonly arrivals: Arrivals = new Arrivals(this.load);
  readonly dataPath: string;
  readonly #config: string;
  #sender: Sender;

  constructor(walq: WalqProgram, endpoint: RoundEndpoint, directory: string, config: string) {
    this.walq = walq;
    this.endpoint = endpoint;
    this.dataPath = dataPathOf(directory);
    this.#config = config;
    this.#sender = new Sender(walq.writeUrl);
  }

  async startAgain(runtime: Runtime): Promise<void> {
    this.#sender.close();
    this.walq = await WalqProgram.start(runtime, this.#config);
    this.#sender = new Sender(this.walq.writeUrl);
  }

  removeDirectory(): void {
    rmSync(join(this.dataPath, "peer"), { recursive: true });
  }

  send(block: number): Promise<SentAnswer> {
    return this.#sender.send(this.load.request(block, 0));
  }

  async sendDurably(block: number): Promise<void> {
    const { status, text } = await this.send(block);
    assert.equal(status, 204, text);
  }

  async assertArrived(from: number, to: number): Promise<void> {
    const missing = (): number => {
      let sum = 0;
      for (let block = from; block < to; block++) sum += this.arrivals.missingOf(block, 0);
      return sum;
    };
    await untilReached("the rest arrives", 0, () => -missing(), 15_000);
    assert.equal(this.arrivals.wrong, 0);
  }

  close(): void {
    this.#sender.close();
  }
}

async function open(context: TestContext, runtime: Runtime): Promise<RemovalScene> {
  const endpoint = new RoundEndpoint(await freePort());
  await endpoint.goDown({ name: "answers 503", fault: answers(503) });
  const directory = scratchDirectory("removed");
  const config = await writeConfig({ directory, url: endpoint.url });
  const walq = await WalqProgram.start(runtime, config);
  const scene = new RemovalScene(walq, endpoint, directory, config);
  context.after(async () => {
    scene.close();
    await scene.walq.program.stop("SIGKILL");
    await endpoint.close();
  });
  return scene;
}
