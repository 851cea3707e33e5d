/** walq with its data on a small disk, an endpoint that is down, and samples that come in until all are taken. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Arrivals } from "../rounds/arrivals.ts";
import { RoundLoad } from "../rounds/load.ts";
import { countMissing } from "../rounds/missing.ts";
import { RoundEndpoint } from "../rounds/round_endpoint.ts";
import { Senders } from "../rounds/senders.ts";
import { AccountsWatch } from "../support/accounts.ts";
import { answers } from "../support/faults.ts";
import { freePort, scratchDirectory } from "../support/scratch.ts";
import { Tmpfs } from "../support/tmpfs.ts";
import { until, untilReached } from "../support/until.ts";
import { type ExtraArguments, type Runtime, WalqProgram, writeConfig } from "../support/walq.ts";

const DISK_BYTES = 1024 * 1024;
const DOWN = { name: "answers 503", fault: answers(503) };
/** Deno's heap grows for many seconds before it is collected: with a small one it is seen that nothing stays. */
const SMALL_HEAP: Partial<Record<Runtime, ExtraArguments>> = {
  deno: { wrapper: ["env", "DENO_V8_FLAGS=--max-old-space-size=64"] },
};
/** Each of the senders was turned away more than once. */
const REFUSED_MIN = 12;

export class Scene {
  readonly disk: Tmpfs;
  readonly senders: Senders;
  readonly #load: RoundLoad;
  readonly #arrivals: Arrivals;
  readonly #endpoint: RoundEndpoint;
  readonly #runtime: Runtime;
  readonly #config: string;
  #walq: WalqProgram;
  #watch: AccountsWatch;
  #sent: Promise<void> = Promise.resolve();

  private constructor(
    load: RoundLoad,
    parts: {
      disk: Tmpfs;
      walq: WalqProgram;
      endpoint: RoundEndpoint;
      runtime: Runtime;
      config: string;
    },
  ) {
    this.#load = load;
    this.#arrivals = new Arrivals(load);
    this.#endpoint = parts.endpoint;
    this.disk = parts.disk;
    this.#runtime = parts.runtime;
    this.#config = parts.config;
    this.#walq = parts.walq;
    this.senders = new Senders(load, () => {});
    this.senders.walqIsAt(this.#walq.writeUrl);
    this.#watch = new AccountsWatch(this.#walq);
  }

  /** All of it is gone when the test is over, however it ends. */
  static async open(context: TestContext, runtime: Runtime, samples: number): Promise<Scene> {
    const disk = Tmpfs.mount("disk", DISK_BYTES);
    context.after(() => disk.unmount());
    const endpoint = new RoundEndpoint(await freePort());
    await endpoint.goDown(DOWN);
    context.after(() => endpoint.close());
    const directory = scratchDirectory("full-disk");
    const setup = { directory, dataPath: join(disk.path, "data"), url: endpoint.url };
    const config = await writeConfig(setup);
    const walq = await WalqProgram.start(runtime, config, SMALL_HEAP[runtime]);
    const parts = { disk, walq, endpoint, runtime, config };
    const scene = new Scene(new RoundLoad(samples), parts);
    context.after(() => scene.walq.program.stop("SIGKILL"));
    context.after(() => scene.senders.stop());
    return scene;
  }

  get walq(): WalqProgram {
    return this.#walq;
  }

  /** Ends it by force; while it is gone, `meanwhile` happens. */
  async killAndStart(meanwhile: () => void): Promise<void> {
    await this.#watch.stop();
    await this.#walq.program.stop("SIGKILL");
    meanwhile();
    this.#walq = await WalqProgram.start(this.#runtime, this.#config);
    this.#watch = new AccountsWatch(this.#walq);
  }

  /** Samples that have arrived. */
  get delivered(): number {
    return this.#arrivals.delivered;
  }

  startSending(): void {
    this.#sent = this.senders.sendAll();
    // Whoever waits for it is told.
    this.#sent.catch(() => {});
  }

  async endpointComesUp(): Promise<void> {
    await this.#endpoint.comeUp(this.#arrivals);
  }

  /** Waits until the disk takes nothing, and looks whether walq stands. */
  async untilRefused(): Promise<void> {
    const goal = this.senders.refused + REFUSED_MIN;
    const taken = this.#sent.then(() => {
      throw new Error(`all is acknowledged, ${this.disk.freeBytes} bytes are free`);
    });
    const refused = untilReached("samples are refused", goal, () => this.senders.refused);
    await Promise.race([refused, taken]);
    const failing = async (): Promise<boolean> =>
      await this.#walq.metric("walq_store_failing") === 1;
    await until("walq_store_failing is 1", failing);
    await this.assertHealthy();
  }

  async untilAcked(samples: number): Promise<void> {
    await untilReached("samples are acknowledged", samples, () => this.senders.acked);
  }

  /** Everything is acknowledged: walq takes in again. */
  async untilAllAcked(): Promise<void> {
    const all = this.#load.samples;
    const moves = untilReached("all is acknowledged", all, () => this.senders.acked);
    await Promise.all([moves, this.#sent]);
    assert.equal(await this.#walq.metric("walq_store_failing"), 0);
  }

  async assertHealthy(): Promise<void> {
    const answer = await fetch(`${this.#walq.origin}/-/healthy`);
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }

  /** Everything arrives, nothing is left, and the process of the beginning ends well. */
  async assertAllArrives(): Promise<void> {
    const { samples } = this.#load;
    await untilReached("all arrives", samples, () => this.delivered);
    const wal = join(this.disk.path, "data", "peer", "wal");
    await until("files are deleted", () => readdirSync(wal).length === 0);
    await this.assertHealthy();
    assert.equal(await this.#walq.metric("walq_pending_signals"), 0);
    assert.equal(await this.#walq.metric("walq_dropped_signals_total"), 0);
    await this.#watch.stop();
    assert.deepEqual(this.#watch.wrong, []);
    assert.equal(this.senders.acked, samples);
    assert.equal(countMissing(this.#load, this.senders, this.#arrivals), 0);
    const { wrong, overtaken, duplicates } = this.#arrivals;
    assert.deepEqual({ wrong, overtaken, duplicates }, { wrong: 0, overtaken: 0, duplicates: 0 });
    const exit = await this.#walq.program.stop("SIGTERM");
    assert.equal(exit.code, 0, this.#walq.program.describe());
  }
}
