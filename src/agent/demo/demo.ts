import { messageOf, WalqError } from "../../errors.ts";
import type { QueueOptions, ResolvedScrape } from "../../options.ts";
import { resolveScrape } from "../../options/resolve_scrape.ts";
import { App } from "../app.ts";
import { shownCount as count } from "../commands/text_table.ts";
import type { AgentHost, Listener, ListenOptions } from "../host.ts";
import { portOf } from "../listen_address.ts";
import { createLogger, type LogFormat } from "../log.ts";
import type { QueueLike } from "../queue_like.ts";
import { stop } from "../run.ts";
import { Scraping } from "../scraping.ts";
import { Signals } from "../signals.ts";
import { DemoExporter } from "./exporter.ts";
import { DemoLoad } from "./load.ts";
import { DemoReceiver } from "./receiver.ts";
import { Report, totals } from "./report.ts";

const DATA_PATH = "data";
const PORT = 9099;
const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const TICK_MS = 1_000;
const LINE_MS = 2_000;
/** For `--outage`: when the receiver goes and comes back, when the load ends, when we give up. */
const DOWN_MS = 6_000;
const UP_MS = DOWN_MS + 20_000;
const LOAD_END_MS = UP_MS + 4_000;
const GIVE_UP_MS = LOAD_END_MS + 60_000;

/** `walq demo`: the whole program at work, with a receiver of its own. */
export async function runDemo(
  { outage, logFormat }: { outage: boolean; logFormat: LogFormat },
  host: AgentHost,
): Promise<number> {
  const { clock } = host.platform;
  const errorsOnly = {
    ...createLogger(host.err, logFormat, clock),
    info: () => {},
    warn: () => {},
  };
  const signals = new Signals(host);
  const receiver = new DemoReceiver(host);
  await receiver.start();
  const app = new App({
    platform: host.platform,
    logger: errorsOnly,
    usage: host.usage,
    logLinesLost: host.logLinesLost,
    hostname: host.hostname,
    server: { allowedHosts: [], readingBytesMax: 2 * REQUEST_BYTES_MAX },
  });
  const listener = await listenSomewhere(host, { handler: app.handler, logger: errorsOnly });
  app.listener = listener;
  const queue = await host.openQueue(demoOptions(receiver.url), errorsOnly);
  app.open(queue, REQUEST_BYTES_MAX);
  const base = `http://127.0.0.1:${portOf(listener)}`;
  const exporter = new DemoExporter(host);
  await exporter.start();
  const scraping = await Scraping.open({ host, queue, logger: errorsOnly, seed: host.hostname });
  app.scraping = scraping;
  scraping.apply(demoJobs(`127.0.0.1:${portOf(listener)}`, exporter.address));
  for (const line of introduction(base, receiver.url, exporter.address, outage)) host.out(line);
  const recovered = totals(queue.stats()).pending;
  if (recovered > 0) host.out(`Found ${count(recovered)} samples on disk from the last time.`);

  const load = new DemoLoad({ host, queue, app, url: `${base}/api/v1/write` });
  const run = new DemoRun({ host, queue, receiver, load, scraping });
  const ended = run.start(outage);
  const signal = await Promise.race([signals.next(), ended]);
  run.stop();
  await ended;
  let code = 0;
  if (outage && typeof signal !== "string") {
    code = verdict(host, { queue, receiver, load, recovered });
  }
  await stop({ app, listener, queue, host, scraping }, 2_000);
  await exporter.stop();
  await receiver.stop();
  const { pending } = totals(queue.stats());
  if (pending > 0) host.out(`${count(pending)} samples are on disk; the next start sends them.`);
  return code;
}

/** The embedded configuration. */
function demoOptions(url: string): QueueOptions {
  return {
    dataPath: DATA_PATH,
    persistence: { batchInterval: "1s" },
    endpoints: [{
      name: "demo-receiver",
      url,
      externalLabels: { source: "walq-demo" },
      flushInterval: "200ms",
      retryBackoff: "250ms",
      retryBackoffMax: "2s",
    }],
  };
}

/** What runs. */
interface DemoParts {
  readonly host: AgentHost;
  readonly queue: QueueLike;
  readonly receiver: DemoReceiver;
  readonly load: DemoLoad;
  readonly scraping: Scraping;
}

/** Everything that happens while the demo runs, by the clock. */
class DemoRun {
  readonly #of: DemoParts;
  readonly #over = new AbortController();

  constructor(of: DemoParts) {
    this.#of = of;
  }

  /** Resolves when all of it has stopped. */
  async start(outage: boolean): Promise<void> {
    await Promise.all([this.#feed(outage), this.#report(), ...outage ? [this.#outage()] : []]);
  }

  stop(): void {
    this.#over.abort();
  }

  async #feed(outage: boolean): Promise<void> {
    const { host, load } = this.#of;
    const startMs = host.platform.clock.monotonicMs();
    while (!this.#over.signal.aborted) {
      const passedMs = host.platform.clock.monotonicMs() - startMs;
      if (outage && passedMs > LOAD_END_MS) return;
      try {
        await load.tick();
      } catch (error) {
        host.err(`The load: ${messageOf(error)}`);
      }
      await this.#pause(TICK_MS);
    }
  }

  async #report(): Promise<void> {
    const { host, queue, receiver } = this.#of;
    const moment = () => ({
      nowMs: host.platform.clock.nowMs(),
      monotonicMs: host.platform.clock.monotonicMs(),
      queue: queue.stats(),
      receiverUp: receiver.isUp,
    });
    const report = new Report(moment());
    while (await this.#pause(LINE_MS)) host.out(report.line(moment()));
  }

  async #outage(): Promise<void> {
    const { host, queue, receiver, scraping } = this.#of;
    if (!await this.#pause(DOWN_MS)) return;
    host.out("The receiver goes down: connections are refused for 20 seconds.");
    await receiver.stop();
    if (!await this.#pause(UP_MS - DOWN_MS)) return;
    await receiver.start();
    host.out("The receiver is back.");
    if (!await this.#pause(LOAD_END_MS - UP_MS + TICK_MS)) return;
    await scraping.stop();
    host.out("No more comes in; what is on disk goes out.");
    for (let waitedMs = 0; waitedMs < GIVE_UP_MS - LOAD_END_MS; waitedMs += LINE_MS) {
      const { bufferedSignals } = queue.stats();
      if (bufferedSignals === 0 && totals(queue.stats()).pending === 0) break;
      if (!await this.#pause(LINE_MS)) return;
    }
    this.stop();
  }

  /** False when it is over. */
  #pause(ms: number): Promise<boolean> {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const onAbort = (): void => {
        cancel();
        resolve(false);
      };
      const cancel = this.#of.host.platform.clock.after(ms, () => {
        signal.removeEventListener("abort", onAbort);
        resolve(true);
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** The port that the documentation names, or any other when somebody has it. */
async function listenSomewhere(
  host: AgentHost,
  options: Pick<ListenOptions, "handler" | "logger">,
): Promise<Listener> {
  try {
    return await host.listen({ addresses: [{ hostname: "127.0.0.1", port: PORT }], ...options });
  } catch (error) {
    if (!(error instanceof WalqError)) throw error;
    return await host.listen({ addresses: [{ hostname: "127.0.0.1", port: 0 }], ...options });
  }
}

function introduction(
  base: string,
  receiverUrl: string,
  exporter: string,
  outage: boolean,
): string[] {
  return [
    `walq takes remote write at ${base}/api/v1/write (metrics: ${base}/metrics, state: ${base}/api/v1/status),`,
    `scrapes itself and an exporter at http://${exporter}/metrics (targets: ${base}/api/v1/targets),`,
    `keeps it in ./${DATA_PATH} and sends it to a receiver inside this process, ${receiverUrl}.`,
    ...outage ? ["The receiver will be down for 20 seconds. This ends by itself."] : [
      "To send to a real endpoint write walq.yaml and start walq with it:",
      "",
      "    remote_write:",
      "      - name: main",
      "        url: https://HOST/api/v1/write",
      "",
      "    npx walq run --config walq.yaml",
      "",
      "Ctrl-C stops; started again, it goes on where it stopped.",
    ],
    "",
  ];
}

/** walq itself, and the exporter. */
function demoJobs(itself: string, exporter: string): ResolvedScrape {
  const job = (jobName: string, target: string): unknown => ({
    jobName,
    scrapeInterval: "2s",
    staticConfigs: [{ targets: [target] }],
  });
  return resolveScrape(
    { scrapeConfigs: [job("walq", itself), job("exporter", exporter)] },
    "utf8",
  ).resolved;
}

/** Everything in must have come out; tells, and gives the exit code. */
function verdict(
  host: AgentHost,
  of: { queue: QueueLike; receiver: DemoReceiver; load: DemoLoad; recovered: number },
): number {
  const { accepted, delivered, dropped, pending } = totals(of.queue.stats());
  const acknowledged = of.load.samples + of.recovered;
  const twice = of.receiver.signals - delivered;
  const ok = pending === 0 && dropped === 0 && delivered === accepted &&
    accepted >= acknowledged && twice >= 0;
  host.out(
    `${ok ? "OK: everything was delivered" : "FAILED"}: acknowledged ${count(acknowledged)}, ` +
      `accepted ${count(accepted)}, delivered ${count(delivered)}, dropped ${count(dropped)}, ` +
      `pending ${count(pending)}; the receiver counted ${count(of.receiver.signals)}` +
      `${twice > 0 ? `, ${count(twice)} of them twice` : ""}.`,
  );
  return ok ? 0 : 1;
}
