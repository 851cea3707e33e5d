/**
 * The power goes while samples come in: on a disk that keeps what was fsynced and
 * nothing else, what was acknowledged arrives after the start, all of it or but for
 * what `persistence.sync` says.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { KeepingEndpoint } from "./support/endpoint.ts";
import { buildForgetful, ForgetfulDisk } from "./support/forgetful.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { untilReached } from "./support/until.ts";
import { type Runtime, RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";
import { RequestTemplate } from "./support/write_request.ts";

const built = buildForgetful();

const SENDERS = 8;
const FSYNC_MS = 40;
const SYNC_INTERVAL_MS = 1000;
const LOAD_MS = 4 * SYNC_INTERVAL_MS;
/** Each sends while the disk is dark until it is told so. */
const COMMIT_ACKS = 200;

/** What senders were told, by a number for each sample. */
class Acked {
  /** By performance.now(). */
  readonly atMs = new Map<number, number>();
  /** The longest that a sender waited for its answer: what the machine and the disk have it wait. */
  slowestMs = 0;
  #isOver = false;
  #next = 1;

  /** Sends until it is over; a refused sample is never sent again. */
  async sendTo(url: string): Promise<void> {
    const template = new RequestTemplate([[["__name__", "power_cut"], ["job", "node"]]]);
    const sender = new Sender(url);
    while (!this.#isOver) {
      const number = this.#next++;
      const beganMs = performance.now();
      const answer = await sender.send(template.fill(Date.now(), () => number)).catch(() => null);
      if (answer?.status !== 204) continue;
      this.atMs.set(number, performance.now());
      this.slowestMs = Math.max(this.slowestMs, performance.now() - beganMs);
    }
    sender.close();
  }

  end(): void {
    this.#isOver = true;
  }

  get spanMs(): number {
    const all = [...this.atMs.values()];
    return all.length === 0 ? 0 : all.at(-1)! - all[0]!;
  }
}

/** Sends until `enough`, cuts the power, and starts again; returns the ages at the cut of what is lost. */
async function cutPower(
  context: TestContext,
  runtime: Runtime,
  walqArgs: readonly string[],
  fsyncMs: number,
  enough: (acked: Acked) => Promise<void>,
): Promise<{ readonly acked: Acked; readonly lostMs: readonly number[] }> {
  const disk = await ForgetfulDisk.mount(built);
  context.after(() => disk.unmount());
  await disk.slowDown(fsyncMs);
  const endpoint = await KeepingEndpoint.open();
  context.after(() => endpoint.close());
  const directory = scratchDirectory("power-cut");
  const dataPath = join(disk.path, "data");
  const config = await writeConfig({ directory, dataPath, url: endpoint.url });
  const dark = await WalqProgram.start(runtime, config, { walqArgs });
  context.after(() => dark.program.stop("SIGKILL"));

  const acked = new Acked();
  const sent = Array.from({ length: SENDERS }, () => acked.sendTo(dark.writeUrl));
  await enough(acked);
  await disk.cut();
  const cutMs = performance.now();
  // What is acknowledged from now on was stored before.
  await dark.program.stop("SIGKILL");
  acked.end();
  await Promise.all(sent);
  await disk.powerOn();

  endpoint.comeUp();
  const walq = await WalqProgram.start(runtime, config, { walqArgs });
  context.after(() => walq.program.stop("SIGKILL"));
  await untilReached(
    "nothing is pending",
    1,
    // What was found at the start is pending when it has been counted.
    async () => {
      const uncounted = await walq.metric("walq_uncounted_batches");
      return uncounted + await walq.metric("walq_pending_signals") === 0 ? 1 : 0;
    },
  );
  const arrived = new Set(endpoint.arrived.map(({ value }) => value));
  const lost = [...acked.atMs].filter(([number]) => !arrived.has(number));
  return { acked, lostMs: lost.map(([, atMs]) => cutMs - atMs) };
}

function set(...options: readonly string[]): string[] {
  return options.flatMap((option) => ["--set", `queue.persistence.${option}`]);
}

describe("a power cut", { skip: built.skip }, () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}, sync: commit: nothing is lost`, async (context) => {
      const enough = (acked: Acked): Promise<void> =>
        untilReached("samples are acknowledged", COMMIT_ACKS, () => acked.atMs.size);
      const { acked, lostMs } = await cutPower(context, runtime, set("sync=commit"), 1, enough);
      context.diagnostic(`${acked.atMs.size} acknowledged, ${lostMs.length} lost`);
      assert.equal(lostMs.length, 0);
    });

    it(`${runtime}, sync: interval, a slow disk: at most the interval and an fsync`, async (context) => {
      const options = set(
        "sync=interval",
        `sync_interval=${SYNC_INTERVAL_MS}ms`,
        "group_commit_interval=5ms",
      );
      const enough = (acked: Acked): Promise<void> =>
        untilReached("samples come for a while", LOAD_MS, () => acked.spanMs);
      const { acked, lostMs } = await cutPower(context, runtime, options, FSYNC_MS, enough);
      const oldestMs = Math.max(0, ...lostMs);
      context.diagnostic(
        `${acked.atMs.size} acknowledged in ${Math.round(acked.spanMs)} ms, the slowest after ` +
          `${Math.round(acked.slowestMs)} ms; the last ${Math.round(oldestMs)} ms lost ` +
          `(${lostMs.length} samples)`,
      );
      // Less is lost than the power cut could have taken only if it took nothing.
      assert.ok(lostMs.length > 0, "the disk has forgotten nothing");
      // A machine that is busy has everything come late, an answer too.
      assert.ok(oldestMs <= SYNC_INTERVAL_MS + FSYNC_MS + acked.slowestMs);
    });
  }
});
