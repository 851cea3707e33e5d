/**
 * The commands for a program that runs, before a real Prometheus: an endpoint is down, and
 * `walq status` says so; a backlog is skipped beside the program; what was refused is sent
 * again; the sequence series shows what is missing, and so does `walq verify --query-url`.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { readAccounts } from "./support/accounts.ts";
import { missing } from "./support/installed.ts";
import { Prometheus } from "./support/prometheus.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { UnreliableProxy } from "./support/unreliable_proxy.ts";
import { until } from "./support/until.ts";
import { type Runtime, RUNTIMES, walqCommand, WalqProgram, writeConfig } from "./support/walq.ts";

const MINUTE_MS = 60_000;
const GAPS = "(max_over_time(walq_sequence[1h]) - min_over_time(walq_sequence[1h])) - " +
  "changes(walq_sequence[1h]) > 0";

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program with one endpoint behind a proxy, and the commands that are asked of it. */
class Host {
  readonly runtime: Runtime;
  readonly config: string;
  readonly proxy: UnreliableProxy;
  walq: WalqProgram;

  private constructor(
    runtime: Runtime,
    config: string,
    of: { readonly proxy: UnreliableProxy; readonly walq: WalqProgram },
  ) {
    this.runtime = runtime;
    this.config = config;
    this.proxy = of.proxy;
    this.walq = of.walq;
  }

  static async start(runtime: Runtime, prometheus: Prometheus): Promise<Host> {
    const proxy = await UnreliableProxy.before(prometheus.origin);
    const config = await writeConfig({
      directory: scratchDirectory(`tools-live-${runtime}`),
      url: proxy.url,
      ttl: "1d",
      endpoint: [`external_labels: { site: ${runtime} }`],
      queueConfig: ["min_backoff: 100ms", "max_backoff: 500ms", "keep_delivered: 1d"],
      blocks: [],
    });
    const walq = await WalqProgram.start(runtime, config, { walqArgs: SETTINGS });
    return new Host(runtime, config, { proxy, walq });
  }

  /** A command of walq, in a process of its own. */
  command(...args: string[]): Ran {
    const words = walqCommand(this.runtime, "-");
    const [file = "", ...before] = words.slice(0, words.lastIndexOf("run"));
    const { status, stdout, stderr } = spawnSync(file, [...before, ...args], { encoding: "utf8" });
    return { code: status, out: stdout, err: stderr };
  }

  /** The same, of the program that runs. */
  ask(name: string, ...args: string[]): Ran {
    return this.command(name, "--url", this.walq.origin, ...args);
  }

  /** Samples of so many series, now or a while ago. */
  async push(metric: string, series: number, agoMs: number = 0): Promise<void> {
    const timestampMs = Date.now() - agoMs;
    const lines = Array.from(
      { length: series },
      (_, id) => `${metric}{id="${id}"} ${id} ${timestampMs}\n`,
    );
    const answer = await fetch(`${this.walq.origin}/api/v1/import/prometheus`, {
      method: "POST",
      body: lines.join(""),
      headers: { connection: "close" },
    });
    assert.ok(answer.ok, await answer.text());
  }

  async isDrained(): Promise<boolean> {
    return (await readAccounts(this.walq)).pending <= 1;
  }

  async assertAccountsClose(): Promise<void> {
    const { accepted, delivered, dropped, pending } = await readAccounts(this.walq);
    assert.equal(accepted, delivered + dropped + pending);
  }

  async killAndStart(): Promise<void> {
    await this.walq.program.stop("SIGKILL");
    this.walq = await WalqProgram.start(this.runtime, this.config, { walqArgs: SETTINGS });
  }

  async stop(): Promise<void> {
    await this.walq.program.stop("SIGTERM");
    await this.proxy.close();
  }
}

const SETTINGS: readonly string[] = [
  "--set",
  "server.enable_admin_api=true",
  "--set",
  "queue.sequence_series=1s",
];

describe(
  "commands for a program that runs, before Prometheus",
  { skip: missing("prometheus") },
  () => {
    let prometheus: Prometheus;
    before(async () => {
      prometheus = await Prometheus.start();
    });
    after(async () => {
      await prometheus.program.stop("SIGTERM");
    });

    /** The value of an expression now, of one runtime's series; undefined when there is none. */
    const valueOf = async (expression: string): Promise<number | undefined> => {
      const time = String(Date.now() / 1000);
      type Vector = { result: { value: [number, string] }[] };
      const { result } = await prometheus.api<Vector>("query", { query: expression, time });
      return result[0] && Number(result[0].value[1]);
    };

    for (const runtime of RUNTIMES) {
      it(`${runtime}: an outage, a crash, a backlog that is skipped, and what the receiver says of it`, async () => {
        const host = await Host.start(runtime, prometheus);
        const site = `{site="${runtime}"}`;
        const gaps = GAPS.replaceAll("walq_sequence", `walq_sequence${site}`);
        // An outage with a kill in the middle of it is no gap.
        await until(
          "numbers arrive",
          async () => (await valueOf(`walq_sequence${site}`) ?? 0) >= 2,
        );
        host.proxy.mode = "down";
        await host.push("kept_sample", 50);
        await until("the status says so", () => {
          const { out, code, err } = host.ask("status", "--interval", "100ms");
          assert.equal(code, 0, err);
          return Promise.resolve(/^peer +down for \d+/m.test(out) && out.includes("no room"));
        });
        await host.killAndStart();
        host.proxy.mode = "pass";
        await until(
          "the rest arrives",
          async () => await valueOf(`count(kept_sample${site})`) === 50,
        );
        const reached = await valueOf(`walq_sequence${site}`) ?? 0;
        await until(
          "more numbers arrive",
          async () => (await valueOf(`walq_sequence${site}`) ?? 0) > reached,
        );
        assert.equal(await valueOf(gaps), undefined);

        // What is skipped is a gap.
        host.proxy.mode = "down";
        await host.push("old_sample", 100, 30 * MINUTE_MS);
        const behind = await host.walq.metric("walq_pending_signals");
        await until(
          "a backlog",
          async () => await host.walq.metric("walq_pending_signals") > behind + 3,
        );
        const dry = host.ask("drop", "--before", "now", "--dry-run");
        assert.match(dry.out, /^would drop \d+ files, \d+ signals\n$/);
        assert.equal(host.ask("drop", "--before", "now").code, 2);
        const dropped = host.ask("drop", "--before", "now", "--yes");
        assert.match(dropped.out, /^dropped \d+ files, \d+ signals\n$/, dropped.err);
        await host.assertAccountsClose();
        const page = await host.walq.metricsPage();
        const skipped = /^walq_dropped_signals_total\{.*reason="skipped".*\} (\d+)/m.exec(page)
          ?.[1];
        assert.ok(Number(skipped) >= 100, `${skipped} skipped`);
        assert.match(host.walq.program.output, /signals dropped on purpose.*reason=skipped/);
        assert.match(host.walq.program.output, /somebody acted on the queue.*action=drop/);
        host.proxy.mode = "pass";
        await until("the gap is seen", async () => (await valueOf(gaps) ?? 0) > 0);
        assert.equal(await valueOf(`count(last_over_time(old_sample${site}[1h]))`), undefined);

        // A directory that a program uses is left alone.
        const dataPath = host.config.replace("walq.yaml", "data");
        const locked = host.command("drop", "--before", "now", "--yes", "--data-path", dataPath);
        assert.equal(locked.code, 1);
        assert.match(locked.err, /process \d+.*Ask that program: by --url/);

        // What was refused is listed, and sent again.
        host.proxy.mode = "refuse";
        await host.push("refused_sample", 10);
        await until("it is refused", () =>
          Promise.resolve(
            host.ask("rejected").out.includes("label name too long"),
          ));
        host.proxy.mode = "pass";
        const again = host.ask("retry-rejected");
        assert.match(again.out, /^to be sent again: \d+ requests, \d+ signals\n$/, again.err);
        await until("it arrives", async () => await valueOf(`count(refused_sample${site})`) === 10);
        await host.assertAccountsClose();
        await host.stop();
      });
    }

    for (const runtime of RUNTIMES) {
      it(`${runtime}: verify says that the receiver has all, and what it has lost`, async () => {
        const host = await Host.start(runtime, prometheus);
        for (let round = 0; round < 5; round++) await host.push(`verified_${runtime}`, 40);
        await until("all is delivered", () => host.isDrained());
        const verify = (): Ran =>
          host.command("verify", "--config", host.config, "--query-url", prometheus.origin);
        const all = verify();
        assert.equal(all.code, 0, all.out + all.err);
        assert.match(all.out, /has all of \d+ samples in \d+ windows\n$/);
        host.proxy.mode = "lose";
        await host.push(`verified_${runtime}`, 3);
        // What was taken is kept when its file is through. Of the six samples some are in the
        // window before, where one has ended meanwhile.
        let part = verify();
        await until("it is taken, and kept", () => {
          part = verify();
          return /missing 1 of \d+: verified_/.test(part.out);
        });
        assert.equal(part.code, 1, part.out + part.err);
        for (const id of [0, 1, 2]) {
          const series = `verified_${runtime}\\{id="${id}",site="${runtime}"\\}`;
          assert.match(part.out, new RegExp(`^missing 1 of \\d: ${series} from`, "m"));
        }
        assert.doesNotMatch(part.out, new RegExp(`verified_${runtime}\\{id="3"`));
        await host.stop();
      });
    }
  },
);
