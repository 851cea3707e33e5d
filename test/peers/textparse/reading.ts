/** A page, by what it is read, and what comes of it: by Prometheus's parsers and by the kernel's. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import type { PageRules, TargetPages } from "../../../src/contracts.ts";
import { PageError } from "../../../src/errors.ts";
import { loadKernel } from "../../../src/kernel/kernel.ts";
import { Relabeler } from "../../../src/relabel/relabel.ts";
import { protocolOf } from "../../../src/scrape/content_type.ts";
import { sampleRelabel } from "../../../src/scrape/sample_labels.ts";
import { PROTOBUF } from "./content_types.ts";
import { RULES, TYPES } from "../../kernel/page_forms.ts";
import { decodeRequest } from "../../support/remote_write.ts";
import type { SeriesForm } from "../../support/signals.ts";
import { buildWhenAsked, type BuiltByGo } from "../support/built_by_go.ts";

const OUTPUT_BYTES_MAX = 2 ** 30;
/** With this code the Go program ends behind the answer to a page that it does not come to an end with. */
const EXIT_HANGS = 3;

/** What a page is read by. */
export interface Question {
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
  /** Prometheus does not come to an end with it, or panics. */
  readonly breaks?: boolean;
  /** A text each, in their order. */
  readonly series: readonly string[];
  readonly families: Readonly<Record<string, unknown>>;
}

/** Prometheus's parsers, built by Go. */
export const parser: BuiltByGo = buildWhenAsked("textparse");
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

/** Each page by each of the rules that there are for its format. */
export function asked(contentType: string, pages: readonly Uint8Array[]): Question[] {
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
  if (!contentType.startsWith("text/plain")) {
    ways.push(
      { ...plain, readsCreated: true },
      { ...plain, readsCreated: true, convertToCustomBuckets: true },
    );
  }
  if (contentType === PROTOBUF) {
    ways.push(
      { ...plain, native: true },
      { ...plain, native: true, alwaysClassic: true },
      { ...plain, native: true, alwaysClassic: true, convertToCustomBuckets: true },
    );
  }
  return pages.flatMap((page) => ways.map((way) => ({ ...way, page })));
}

/** How many pages each question has to come out alike, and how many have to be taken by both. */
export interface Wanted {
  readonly takenMin: number;
  /** Pages with which Prometheus does not come to an end, or panics: at most so many. */
  readonly brokenMax: number;
}

export function compare(questions: readonly Question[], { takenMin, brokenMax }: Wanted): void {
  const wanted = prometheusReads(questions);
  const faults: string[] = [];
  let taken = 0;
  let broken = 0;
  for (const [index, question] of questions.entries()) {
    const [peer, own] = [wanted[index]!, walqReads(question)];
    if (peer.breaks) broken++;
    if (peer.breaks || (peer.error !== undefined && own.error !== undefined)) continue;
    if (own.series.length > 0) taken++;
    if (isOnPurpose(question, peer, own)) continue;
    const { error: _, ...contents } = own;
    if (peer.error === own.error && JSON.stringify(contents) === JSON.stringify(peer)) continue;
    faults.push(described(question, peer, own));
  }
  const place = `${faults.length} of ${questions.length} pages differ, of ${taken} that are taken`;
  assert.equal(
    faults.length,
    0,
    `${place}\n${faults.slice(0, 20).join("\n\n")}`,
  );
  assert.ok(taken >= takenMin, place);
  assert.ok(broken <= brokenMax, `Prometheus breaks in ${broken} pages`);
}

/**
 * What docs/scraping.md has as a difference: in text Prometheus takes bytes of 0 for the end of a
 * page, or passes over them; in protobuf walq does not look into what it does not use, and takes
 * no unit that is not UTF-8.
 */
function isOnPurpose({ page, contentType }: Question, peer: Answer, own: Answer): boolean {
  if (contentType !== PROTOBUF) return page.includes(0);
  return /^proto: |^unexpected EOF/.test(peer.error ?? "") || /UTF-8/.test(own.error ?? "");
}

/** Only what is not in the other's answer. */
function described({ page, ...rules }: Question, peer: Answer, own: Answer): string {
  const text = new TextDecoder().decode(page).slice(0, 2_000);
  return [
    `${JSON.stringify(rules)} ${JSON.stringify(text)}`,
    `Prometheus: ${beyond(peer, own)}`,
    `walq:       ${beyond(own, peer)}`,
  ].join("\n");
}

function beyond({ error, series, families }: Answer, other: Answer): string {
  if (error !== undefined) return error;
  const own = series.filter((one) => !other.series.includes(one));
  const isSaid = ([name, said]: [string, unknown]): boolean =>
    JSON.stringify(said) === JSON.stringify(other.families[name]);
  return [
    ...own,
    ...Object.entries(families).filter((entry) => !isSaid(entry)).map((one) => JSON.stringify(one)),
  ].join("; ").slice(0, 3_000) || `nothing else, ${series.length} in all`;
}

/** All at once: a process for each would take longer than the reading. */
function prometheusReads(questions: readonly Question[]): Answer[] {
  const answers: Answer[] = [];
  while (answers.length < questions.length) {
    const input = questions.slice(answers.length).map(({ page, ...rules }) =>
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
    if (status !== EXIT_HANGS) assert.equal(status, 0, stderr);
    const told = stdout.trimEnd().split("\n").map(answerOf);
    const hangs = { breaks: true, series: [], families: {} };
    answers.push(...told.slice(0, status === EXIT_HANGS ? -1 : undefined));
    if (status === EXIT_HANGS) answers.push(hangs);
    else assert.equal(answers.length, questions.length);
  }
  return answers;
}

function answerOf(line: string): Answer {
  const { error, panics, series, families } = JSON.parse(line) as {
    readonly error?: string;
    readonly panics?: boolean;
    readonly series: readonly object[];
    readonly families: Readonly<Record<string, unknown>>;
  };
  if (panics) return { breaks: true, series: [], families: {} };
  if (error !== undefined) return { error, series: [], families: {} };
  return { series: series.map((one) => JSON.stringify(one)).sort(), families: sorted(families) };
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
    return contentsOf(target);
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    return { error: error.message, series: [], families: {} };
  } finally {
    target.close();
  }
}

function contentsOf(target: TargetPages): Answer {
  const { series, metadata } = decodeRequest(target.write("all"), "appended");
  const families = metadata.map((
    { family, type, help, unit },
  ) => [family, { type: TYPES[type], help, unit }]);
  return { series: series.map(seriesText).sort(), families: sorted(Object.fromEntries(families)) };
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
