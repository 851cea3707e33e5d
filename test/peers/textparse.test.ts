/**
 * Pages read by the parsers of Prometheus 3.16 and by the kernel's: the same series, values,
 * timestamps, exemplars, histograms and metadata.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { PageRules } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { protocolOf } from "../../src/scrape/content_type.ts";
import { Relabeler } from "../../src/relabel/relabel.ts";
import { sampleRelabel } from "../../src/scrape/sample_labels.ts";
import { RULES, TYPES } from "../kernel/page_forms.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { SeriesForm } from "../support/signals.ts";
import { buildWhenAsked } from "./support/built_by_go.ts";
import { servedPages } from "./support/exporters.ts";

const TEXT = "text/plain; version=0.0.4";
const OPEN = "application/openmetrics-text; version=1.0.0";

const OUTPUT_BYTES_MAX = 2 ** 30;

/** What a page is read by. */
interface Question {
  readonly page: Uint8Array;
  readonly contentType: string;
  readonly native: boolean;
  readonly alwaysClassic: boolean;
  readonly convertToCustomBuckets: boolean;
  readonly readsCreated: boolean;
}

/** What is in a page, in one form for both. */
interface Answer {
  readonly error?: string;
  /** A text each, in their order. */
  readonly series: readonly string[];
  readonly families: Readonly<Record<string, unknown>>;
}

const parser = buildWhenAsked("textparse");
const kernel = (await loadKernel()).createPageParser();

const named = sampleRelabel(
  {
    honorLabels: false,
    metricRelabelConfigs: [],
    nameValidationScheme: "utf8",
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
  },
  new Relabeler([], "utf8"),
  {},
  () => {},
);

describe("pages, read by Prometheus 3.16 and by walq", { skip: parser.skip }, () => {
  it("that Debian's programs serve, and those that Prometheus tests its parsers with", async () => {
    const served = await servedPages();
    const tested = testData();
    assert.ok(tested.length > 5, `${tested.length} pages`);
    compare([...served, ...tested].flatMap(({ contentType, body }) => asked(contentType, [body])));
  });
});

/** Each page by each of the rules that there are for its format. */
function asked(contentType: string, pages: readonly Uint8Array[]): Question[] {
  const plain = {
    contentType,
    native: false,
    alwaysClassic: false,
    convertToCustomBuckets: false,
    readsCreated: false,
  };
  const ways: Omit<Question, "page">[] = [
    plain,
    { ...plain, convertToCustomBuckets: true },
    { ...plain, convertToCustomBuckets: true, alwaysClassic: true },
  ];
  if (!contentType.startsWith("text/plain")) ways.push({ ...plain, readsCreated: true });
  if (contentType.startsWith("application/vnd")) {
    ways.push(
      { ...plain, native: true },
      { ...plain, native: true, alwaysClassic: true },
      { ...plain, native: true, alwaysClassic: true, convertToCustomBuckets: true },
    );
  }
  return pages.flatMap((page) => ways.map((way) => ({ ...way, page })));
}

/** What lies beside the source of Prometheus's parsers. */
function testData(): { readonly contentType: string; readonly body: Uint8Array }[] {
  const { stdout } = spawnSync("go", [
    "list",
    "-m",
    "-f",
    "{{.Dir}}",
    "github.com/prometheus/prometheus",
  ], { cwd: "test/peers/textparse", encoding: "utf8" });
  const directory = join(stdout.trim(), "model/textparse/testdata");
  return readdirSync(directory).flatMap((name) => {
    // OpenMetrics 2 is an experiment of Prometheus's.
    const contentType = /\.om1?\.txt$/.test(name) ? OPEN : /\.prom\.txt$/.test(name) ? TEXT : "";
    return contentType === "" ? [] : [{ contentType, body: readFileSync(join(directory, name)) }];
  });
}

function compare(questions: readonly Question[]): void {
  const wanted = prometheusReads(questions);
  const faults: string[] = [];
  let taken = 0;
  for (const [index, question] of questions.entries()) {
    const [peer, own] = [wanted[index]!, walqReads(question)];
    if (peer.error !== undefined && own.error !== undefined) continue;
    if (own.series.length > 0) taken++;
    const { error: _, ...contents } = own;
    if (peer.error === own.error && JSON.stringify(contents) === JSON.stringify(peer)) continue;
    faults.push(described(question, peer, own));
  }
  assert.ok(taken > 20, `${taken} pages of ${questions.length} are taken`);
  const place = `${faults.length} of ${questions.length} pages differ, of ${taken} that are taken`;
  assert.equal(faults.length, 0, `${place}\n${faults.slice(0, 20).join("\n\n")}`);
}

function described({ page, ...rules }: Question, peer: Answer, own: Answer): string {
  const text = new TextDecoder().decode(page).slice(0, 2_000);
  return [
    `${JSON.stringify(rules)} ${JSON.stringify(text)}`,
    `Prometheus: ${JSON.stringify(peer).slice(0, 3_000)}`,
    `walq:       ${JSON.stringify(own).slice(0, 3_000)}`,
  ].join("\n");
}

/** All at once: a process for each would take longer than the reading. */
function prometheusReads(questions: readonly Question[]): Answer[] {
  const input = questions.map(({ page, ...rules }) =>
    JSON.stringify({
      ...rules,
      page: Buffer.from(page).toString("base64"),
      scrapedMs: RULES.scrapedMs,
    })
  ).join("\n");
  const { stdout, stderr, status } = spawnSync(parser.path, {
    input,
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split("\n").map((line): Answer => {
    const { error, series, families } = JSON.parse(line) as {
      readonly error?: string;
      readonly series: readonly object[];
      readonly families: Readonly<Record<string, unknown>>;
    };
    if (error !== undefined) return { error, series: [], families: {} };
    return { series: series.map((one) => JSON.stringify(one)).sort(), families: sorted(families) };
  });
}

function walqReads({ page, contentType, native, ...rest }: Question): Answer {
  const rules: PageRules = {
    ...RULES,
    ...rest,
    nativeHistograms: native,
    protocol: protocolOf(contentType, undefined),
    latestMs: Number.MAX_VALUE,
  };
  const target = kernel.openTarget();
  try {
    // An empty page is fine, whatever it says that it is: the scrape does not ask the parser.
    if (page.length === 0) return { series: [], families: {} };
    target.read(page, rules, named);
    const { series, metadata } = decodeRequest(target.write("all"), "appended");
    return {
      series: series.map(seriesText).sort(),
      families: sorted(
        Object.fromEntries(
          metadata.map((
            { family, type, help, unit },
          ) => [family, { type: TYPES[type], help, unit }]),
        ),
      ),
    };
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    return { error: error.message, series: [], families: {} };
  } finally {
    target.close();
  }
}

function seriesText({ labels, signals }: SeriesForm): string {
  const exemplars: object[] = [];
  let value: object = {};
  let times: object = {};
  for (const signal of signals) {
    const { timestampMs } = signal;
    if (signal.kind === "exemplar") {
      const { exemplarLabels, bits } = signal;
      exemplars.push({ labels: exemplarLabels, bits, timestampMs });
      continue;
    }
    times = { timestampMs, startMs: signal.startMs };
    value = signal.kind === "sample" ? { bits: signal.bits } : { histogram: signal.histogram };
  }
  return JSON.stringify(
    { labels, ...value, ...times, exemplars },
    (_, one: unknown) => typeof one === "bigint" ? String(one) : one,
  );
}

function sorted(families: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(families).sort(([a], [b]) => a < b ? -1 : 1));
}
