import type { Kernel, LabelPair, PageRules, TargetPages } from "../contracts.ts";
import { PageError, WalqError } from "../errors.ts";
import type { LineChunk } from "./line_chunks.ts";
import { LabelEncoder } from "./label_encoder.ts";
import { jsonLineFault, parseJsonLine } from "./json_line.ts";
import { RequestBuilder } from "./request_builder.ts";
import { EOF_LINE } from "./text_end.ts";
import type { TextForm } from "./text_forms.ts";

/** Later ones are no milliseconds. */
const LATEST_MS = 99_999_999_999_999;
/** As others write them. */
const WORDS: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [null, NaN],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["infinity", Infinity],
  ["-infinity", -Infinity],
]);

/** Reads pieces of a text as requests of the kind "appended". */
export class TextReader {
  readonly #form: TextForm;
  readonly #path: string;
  readonly #kernel: Kernel;
  readonly #requests = new RequestBuilder();
  readonly #labels = new LabelEncoder();
  readonly #value = new Uint8Array(8);
  readonly #view = new DataView(this.#value.buffer);

  readonly #nowMs: number;

  constructor(
    of: {
      readonly form: TextForm;
      /** For messages. */
      readonly path: string;
      readonly kernel: Kernel;
      /** The time of lines that have none. */
      readonly nowMs: number;
    },
  ) {
    this.#form = of.form;
    this.#path = of.path;
    this.#kernel = of.kernel;
    this.#nowMs = of.nowMs;
  }

  /**
   * A piece as a request, good until the next one.
   *
   * @throws {WalqError} `INVALID_REQUEST` with the line that is wrong.
   */
  read(chunk: LineChunk): Uint8Array {
    return this.#form === "jsonl" ? this.#readJson(chunk) : this.#readPage(chunk);
  }

  #readJson({ bytes, firstLine }: LineChunk): Uint8Array {
    const lines = new TextDecoder().decode(bytes).split("\n");
    lines.forEach((line, at) => {
      if (line.trim() !== "") this.#readLine(line, firstLine + at);
    });
    return this.#requests.take();
  }

  #readLine(line: string, number: number): void {
    const series = parseJsonLine(line);
    if (series === undefined) throw this.#fault(number, jsonLineFault(line)!);
    const { metric, values, timestamps } = series;
    if (!isLabels(metric)) throw this.#wrong(number, "metric", "an object of texts");
    if (!Array.isArray(values)) throw this.#wrong(number, "values", "a list of numbers");
    if (!Array.isArray(timestamps) || timestamps.length !== values.length) {
      throw this.#wrong(number, "timestamps", `a list of ${values.length} timestamps`);
    }
    const labels = this.#labels.encode(Object.entries(metric));
    values.forEach((value: unknown, at) => {
      const timestampMs: unknown = timestamps[at];
      const known = typeof value === "number" ? value : WORDS.get(value);
      if (known === undefined) throw this.#wrong(number, `values[${at}]`, "a number or null");
      if (!Number.isSafeInteger(timestampMs)) {
        throw this.#wrong(number, `timestamps[${at}]`, "whole milliseconds since the epoch");
      }
      this.#view.setFloat64(0, known, true);
      this.#requests.sample(labels, this.#value, timestampMs as number, 0);
    });
  }

  #wrong(line: number, what: string, expected: string): WalqError {
    return this.#fault(line, `${what} is not ${expected}`);
  }

  #fault(line: number, what: string): WalqError {
    return new WalqError("INVALID_REQUEST", `Cannot read "${this.#path}", line ${line}: ${what}`);
  }

  #readPage({ bytes, firstLine }: LineChunk): Uint8Array {
    const target = this.#kernel.createPageParser().openTarget();
    try {
      target.read(withEnd(bytes), { ...PAGE_RULES, scrapedMs: this.#nowMs }, sortedLabels);
      return written(target);
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      const where = firstLine === 1 ? "" : `, behind line ${firstLine - 1}`;
      throw new WalqError(
        "INVALID_REQUEST",
        `Cannot read "${this.#path}"${where}: ${error.message}`,
      );
    } finally {
      target.close();
    }
  }
}

function isLabels(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === "string");
}

/** A piece of a page, as a page: its end may be in another piece. */
function withEnd(bytes: Uint8Array): Uint8Array {
  const end = new TextEncoder().encode(EOF_LINE);
  const tail = new TextDecoder().decode(bytes.subarray(-end.length));
  if (tail === EOF_LINE) return bytes;
  const page = new Uint8Array(bytes.length + end.length);
  page.set(bytes);
  page.set(end, bytes.length);
  return page;
}

function written(target: TargetPages): Uint8Array {
  return target.write("all").slice();
}

function sortedLabels(labels: readonly LabelPair[]): readonly LabelPair[] {
  return labels.filter(([, value]) => value !== "").sort(([a], [b]) => a < b ? -1 : 1);
}

const PAGE_RULES: PageRules = {
  protocol: "OpenMetricsText1.0.0",
  scrapedMs: 0,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  tellsNoEnds: true,
  latestMs: LATEST_MS,
  handlesOf: 0,
  nativeHistograms: true,
  alwaysClassic: true,
  convertToCustomBuckets: false,
  readsCreated: false,
  bucketLimit: 0,
  minBucketFactor: 0,
  sampleLimit: 0,
};
