import * as v from "valibot";
import { sleep } from "../../actor/sleep.ts";
import { Boundaries } from "../../tools/proof/boundaries.ts";
import { countQuery, countsOf, missingOf, type MissingSamples } from "../../tools/proof/compare.ts";
import {
  type ExpectedMetric,
  ExpectedSamples,
  type TimeWindow,
} from "../../tools/proof/expected_samples.ts";
import { AS_IT_CAME, type SentAs } from "../../tools/proof/sent_series.ts";
import { type ComparedPart, deliveredPaths } from "../../tools/proof/delivered_paths.ts";
import { seriesText } from "../../tools/series_text.ts";
import { WalqError } from "../../errors.ts";
import type { CommandArgs } from "../commands/command_args.ts";
import { configSource } from "../commands/config_source.ts";
import { namedQueue, toolsOf } from "../commands/handlers/queue_path.ts";
import { shownMoment } from "../commands/moment.ts";
import { CommandOutput } from "../commands/output.ts";
import { Progress } from "../commands/progress.ts";
import { FINE, FOUND } from "../commands/row.ts";
import { shownCount } from "../commands/text_table.ts";
import { loadConfig } from "../config/config.ts";
import type { AgentHost } from "../host.ts";
import { UsageError } from "../usage_error.ts";
import { ApiClient, AskError } from "./api_client.ts";
import { httpOptionsOf } from "./http_options.ts";
import { oneLine } from "../../visible_text.ts";

const QUERY_MS_MAX = 120_000;
/** A receiver has others to answer, too. */
const PARALLEL_MAX = 64;
/** What came in a moment ago may not be seen yet by who asks: it is asked for again. */
const RECENT_MS = 10 * 60_000;
const ASK_AGAIN_MS = 5_000;
const ASK_AGAIN_TIMES = 3;

const VECTOR = v.object({
  resultType: v.literal("vector"),
  result: v.array(v.object({
    metric: v.record(v.string(), v.string()),
    value: v.tuple([v.number(), v.pipe(v.string(), v.transform(Number), v.number())]),
  })),
});

/** `walq verify --query-url`: what was sent, held against what the receiver answers. */
export async function verifyReceiver(args: CommandArgs, host: AgentHost): Promise<number> {
  const windowMs = args.durationMs("--window")!;
  if (windowMs < 1_000) throw new UsageError("--window: expected at least 1s");
  const { path } = await namedQueue(args, host);
  const part = args.needed("--of") as ComparedPart;
  const paths = await deliveredPaths(host.platform.files, path, args.text("--endpoint"), part);
  if (paths.length === 0) throw nothingToCompare(path, part);
  const sentAs = await sentAsOf(args, host);
  const output = CommandOutput.of(args, host);
  const receiver = await Receiver.open(args, host);
  try {
    const check = new Check({ args, host, receiver, windowMs });
    const boundaries = new Boundaries(windowMs);
    const reading = new Progress(host, { what: "reading", total: paths.length, unit: "files" });
    const expected = await ExpectedSamples.open(
      paths,
      sentAs ?? AS_IT_CAME,
      await toolsOf(host, (done) => reading.advance(done)),
      (timestampMs) => boundaries.see(timestampMs),
    );
    await reading.end();
    await check.run(expected, boundaries);
    await check.tell(output, { expected, hasOptions: sentAs !== undefined });
    return check.missing > 0 || expected.damaged.length > 0 ? FOUND : FINE;
  } finally {
    await receiver.close();
    await output.end();
  }
}

function nothingToCompare(path: string, part: ComparedPart): WalqError {
  const advice = part === "delivered"
    ? "queue_config.keep_delivered keeps what was delivered; --of wal takes the files of an export"
    : "expected files of batches";
  return new WalqError("INVALID_OPTIONS", `Nothing to compare in "${path}": ${advice}`);
}

/** What the endpoint's options make of what it gets; undefined where no configuration says it. */
async function sentAsOf(args: CommandArgs, host: AgentHost): Promise<SentAs | undefined> {
  const path = args.text("--config");
  if (path === undefined) return undefined;
  const { resolved } = await loadConfig(configSource({ path, sets: [] }, host));
  const name = args.text("--endpoint");
  const found = resolved.endpoints.filter((one) => name === undefined || one.name === name);
  const [endpoint] = found;
  if (endpoint === undefined || found.length > 1) {
    const names = resolved.endpoints.map((one) => one.name).join(", ");
    throw new UsageError(`--endpoint: expected one of ${names}: what is sent is each one's own`);
  }
  return {
    externalLabels: endpoint.externalLabels,
    rules: endpoint.writeRelabelConfigs,
    labelNames: endpoint.labelNames,
    histograms: endpoint.sends.histograms,
    customBuckets: endpoint.protobufMessage !== "prometheus.WriteRequest",
  };
}

/** Who has to have what was sent. */
class Receiver {
  readonly #api: ApiClient;
  readonly #ignored: ReadonlySet<string>;

  private constructor(api: ApiClient, ignored: ReadonlySet<string>) {
    this.#api = api;
    this.#ignored = ignored;
  }

  static async open(args: CommandArgs, host: AgentHost): Promise<Receiver> {
    const api = new ApiClient(args.needed("--query-url"), await httpOptionsOf(args, host), host);
    return new Receiver(api, new Set(args.texts("--ignore-label")));
  }

  get shown(): string {
    return this.#api.shown;
  }

  /** What it has fewer of than it got. */
  async missing(
    metric: string,
    series: ExpectedMetric,
    window: TimeWindow,
  ): Promise<MissingSamples[]> {
    const { query, timeSeconds } = countQuery(metric, series, window);
    const text = new URLSearchParams({ query, time: timeSeconds }).toString();
    const contentType = "application/x-www-form-urlencoded";
    const data = await this.#api.data("/api/v1/query", QUERY_MS_MAX, { contentType, text });
    const result = v.safeParse(VECTOR, data, { abortEarly: true });
    if (!result.success) {
      const where = v.getDotPath(result.issues[0]) ?? "the data";
      throw new AskError(`${this.shown} answered, but no vector of numbers: ${where}`);
    }
    const vector = result.output.result.map(({ metric, value: [, value] }) => ({ metric, value }));
    return missingOf(series, countsOf(vector, this.#ignored), window);
  }

  close(): Promise<void> {
    return this.#api.close();
  }
}

/** What a {@link Check} goes by. */
interface CheckOptions {
  readonly args: CommandArgs;
  readonly host: AgentHost;
  readonly receiver: Receiver;
  readonly windowMs: number;
}

/** Goes through the windows, and remembers what is missing. */
class Check {
  readonly #of: CheckOptions;
  readonly #told: MissingSamples[] = [];
  #series = 0;
  #windows = 0;
  #samples = 0;
  #windowsMissing = 0;
  #isFree = true;
  missing = 0;

  constructor(of: CheckOptions) {
    this.#of = of;
  }

  async run(expected: ExpectedSamples, boundaries: Boundaries): Promise<void> {
    const { args, host, windowMs } = this.#of;
    const { span } = expected;
    if (span === undefined) return;
    const { offsetMs, isFree } = boundaries.choose();
    this.#isFree = isFree;
    const nowMs = host.platform.clock.nowMs();
    const fromMs = Math.max(span.oldestMs, args.timeMs("--from", nowMs) ?? -Infinity);
    const toMs = Math.min(span.newestMs, args.timeMs("--to", nowMs) ?? Infinity);
    const firstMs = boundaries.before(fromMs, offsetMs);
    const total = Math.max(0, Math.ceil((toMs - firstMs) / windowMs));
    const progress = new Progress(host, { what: "comparing", total, unit: "windows" });
    for (let afterMs = firstMs; afterMs < toMs; afterMs += windowMs) {
      const window = { afterMs, untilMs: afterMs + windowMs };
      await this.#compare(await expected.in(window), window);
      await progress.advance(1);
    }
    await progress.end();
  }

  async #compare(
    metrics: ReadonlyMap<string, ExpectedMetric>,
    window: TimeWindow,
  ): Promise<void> {
    if (metrics.size > 0) this.#windows++;
    const waiting = [...metrics];
    for (const [, series] of waiting) {
      this.#series += series.size;
      for (const { times } of series.values()) this.#samples += times.size;
    }
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        this.#note(await this.#missing(next[0], next[1], window));
      }
    };
    const parallel = Math.min(PARALLEL_MAX, Math.max(1, this.#of.args.count("--parallel") ?? 1));
    await Promise.all(Array.from({ length: parallel }, work));
  }

  async #missing(
    metric: string,
    series: ExpectedMetric,
    window: TimeWindow,
  ): Promise<MissingSamples[]> {
    const { receiver, host: { platform: { clock } } } = this.#of;
    for (let times = 0;; times++) {
      const missing = await receiver.missing(metric, series, window);
      const isRecent = window.untilMs > clock.nowMs() - RECENT_MS;
      if (missing.length === 0 || !isRecent || times === ASK_AGAIN_TIMES) return missing;
      await sleep(clock, ASK_AGAIN_MS, new AbortController().signal);
    }
  }

  #note(missing: readonly MissingSamples[]): void {
    const limit = this.#of.args.count("--limit") ?? Infinity;
    for (const one of missing) {
      this.missing += one.expected - one.found;
      this.#windowsMissing++;
      if (this.#told.length < limit) this.#told.push(one);
    }
  }

  async tell(
    output: CommandOutput,
    { expected, hasOptions }: { expected: ExpectedSamples; hasOptions: boolean },
  ): Promise<void> {
    const { receiver } = this.#of;
    const told = this.#told.toSorted((a, b) => a.window.afterMs - b.window.afterMs);
    const { damaged } = expected;
    if (output.isJson) {
      await output.json({
        receiver: receiver.shown,
        windows: this.#windows,
        expectedSamples: this.#samples,
        missingSamples: this.missing,
        seriesWindows: this.#series,
        seriesWindowsMissing: this.#windowsMissing,
        isBoundaryFree: this.#isFree,
        hasOptions,
        damaged,
        missing: told.map(({ metric, labels, window, expected, found }) => ({
          series: { __name__: metric, ...Object.fromEntries(labels) },
          ...window,
          expected,
          found,
        })),
      });
      return;
    }
    await output.lines(told.map(missingText));
    if (this.#windowsMissing > told.length) {
      await output.line(`and ${shownCount(this.#windowsMissing - told.length)} more`);
    }
    const all = `${shownCount(this.#samples)} samples in ${shownCount(this.#windows)} windows`;
    await output.line(
      this.missing === 0
        ? `${receiver.shown} has all of ${all}`
        : `${receiver.shown} lacks ${shownCount(this.missing)} of ${all}`,
    );
    await output.lines(damaged.map((path) => oneLine(`damaged, and not compared: ${path}`)));
    if (!hasOptions) {
      await output.line(
        "no configuration was given: series were looked for with the labels that they came in with",
      );
    }
    if (!this.#isFree) {
      await output.line(
        "every millisecond has samples: at the ends of windows one may be counted twice; try a longer --window",
      );
    }
  }
}

function missingText({ metric, labels, window, expected, found }: MissingSamples): string {
  const series = seriesText([["__name__", metric], ...labels]);
  const { afterMs, untilMs } = window;
  return oneLine(
    `missing ${expected - found} of ${expected}: ${series} from ${shownMoment(afterMs)} to ${
      shownMoment(untilMs)
    }`,
  );
}
