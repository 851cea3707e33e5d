/**
 * What becomes of the pages of one target, page after page: Prometheus's scrape loop with
 * plain maps, written for clearness. It shares no code with the kernel.
 */
import type { PageCounts, PageRules, SeriesRelabel } from "../../../src/contracts.ts";
import {
  type TwinExemplar,
  type TwinFamily,
  type TwinHistogram,
  type TwinPage,
  TwinRefusal,
} from "./page_model.ts";

type Pairs = readonly (readonly [string, string])[];

/** What is sent of one series at once. */
export interface TwinSent {
  readonly labels: Pairs;
  /** "stale" is the marker. */
  readonly value: number | TwinHistogram | "stale";
  readonly timestampMs: bigint;
  readonly startMs: bigint;
  readonly exemplars: readonly Required<TwinExemplar>[];
}

export interface TwinRequest {
  readonly sent: readonly TwinSent[];
  readonly families: ReadonlyMap<string, TwinFamily>;
  readonly newFamilies: ReadonlyMap<string, TwinFamily>;
}

/** All that is known after a page. */
interface Known {
  /** Labels to send by the key of the line, or that the line is dropped; of the last page alone. */
  readonly lines: ReadonlyMap<string, Pairs | "dropped">;
  /** The label sets whose end is to be told. */
  readonly tracked: ReadonlyMap<string, Pairs>;
  readonly families: ReadonlyMap<string, TwinFamily>;
  /** The last exemplar of each label set. */
  readonly exemplars: ReadonlyMap<string, string>;
}

const EXEMPLAR_CHARACTERS_MAX = 128;

export class TwinTarget {
  #known: Known = {
    lines: new Map(),
    tracked: new Map(),
    families: new Map(),
    exemplars: new Map(),
  };
  #next: Known | undefined;
  /** What relabeling has said since the last page with content that was kept. */
  #asked = new Map<string, Pairs | "dropped">();

  read(
    page: TwinPage,
    rules: PageRules,
    relabel: SeriesRelabel,
  ): { counts: PageCounts; request: TwinRequest } {
    const known = this.#known;
    const lines = new Map<string, Pairs | "dropped">();
    const tracked = new Map<string, Pairs>();
    const exemplars = new Map(known.exemplars);
    const lastMs = new Map<string, bigint>();
    const sent: TwinSent[] = [];
    const counts = {
      scraped: 0,
      kept: 0,
      added: 0,
      duplicates: 0,
      tooFarAhead: 0,
      badExemplars: 0,
    };
    if (rules.refusesTimestamps) refuseTimed(page);
    let taken = 0;
    const asked = this.#asked;
    for (const sample of page.samples) {
      counts.scraped++;
      const before = known.lines.get(sample.key) ?? asked.get(sample.key);
      const labels = before ?? relabel(sample.labels);
      if (before === undefined) asked.set(sample.key, labels);
      if (labels === "dropped") {
        lines.set(sample.key, labels);
        continue;
      }
      counts.kept++;
      const isExplicit = rules.honorTimestamps && sample.timestampMs !== undefined;
      const timestampMs = isExplicit ? sample.timestampMs! : BigInt(rules.scrapedMs);
      const isAgain = lines.has(sample.key);
      if (isAgain && !isExplicit) {
        counts.duplicates++;
        continue;
      }
      taken++;
      if (rules.sampleLimit > 0 && taken > rules.sampleLimit) throw new TwinRefusal("sample_limit");
      const isKnown = isAgain || known.lines.has(sample.key);
      if (Number(timestampMs) > rules.latestMs) {
        counts.tooFarAhead++;
        if (isKnown) lines.set(sample.key, labels);
        continue;
      }
      if (!isKnown) counts.added++;
      lines.set(sample.key, labels);
      const set = JSON.stringify(labels);
      const isFollowed = !isExplicit || rules.trackTimestampsStaleness;
      if (isFollowed && !rules.tellsNoEnds) tracked.set(set, labels);
      if (lastMs.get(set) === timestampMs) {
        counts.duplicates++;
        continue;
      }
      lastMs.set(set, timestampMs);
      const own: Required<TwinExemplar>[] = [];
      for (const exemplar of sample.exemplars) {
        if (isBad(exemplar)) {
          counts.badExemplars++;
          continue;
        }
        const mark = JSON.stringify([
          exemplar.labels,
          String(exemplar.value),
          String(exemplar.timestampMs),
        ]);
        if (exemplars.get(set) === mark) continue;
        exemplars.set(set, mark);
        own.push({ ...exemplar, timestampMs: exemplar.timestampMs ?? timestampMs });
      }
      sent.push({
        labels,
        value: sample.value,
        timestampMs,
        startMs: sample.startMs,
        exemplars: own,
      });
    }
    this.#next = { lines, tracked, families: page.families, exemplars };
    return { counts, request: this.#request(sent, tracked, page.families, rules.scrapedMs) };
  }

  /** A failed scrape: the ends of all series are told, and what lines were known are known. */
  readNothing(scrapedMs: number): TwinRequest {
    const tracked = new Map<string, Pairs>();
    this.#next = { ...this.#known, tracked };
    return this.#request([], tracked, new Map(), scrapedMs);
  }

  #request(
    sent: readonly TwinSent[],
    tracked: ReadonlyMap<string, Pairs>,
    families: ReadonlyMap<string, TwinFamily>,
    scrapedMs: number,
  ): TwinRequest {
    const ended = [...this.#known.tracked].filter(([set]) => !tracked.has(set));
    const stale = ended.map(([, labels]): TwinSent => ({
      labels,
      value: "stale",
      timestampMs: BigInt(scrapedMs),
      startMs: 0n,
      exemplars: [],
    }));
    const before = this.#known.families;
    const isNew = ([name, { said }]: [string, TwinFamily]): boolean =>
      said.some((line) => !before.get(name)?.said.includes(line));
    return {
      sent: [...sent, ...stale],
      families,
      newFamilies: new Map([...families].filter(isNew)),
    };
  }

  keep(): void {
    if (this.#next && this.#next.lines !== this.#known.lines) this.#asked = new Map();
    if (this.#next) this.#known = this.#next;
    this.#next = undefined;
  }

  /** Exemplars count as not sent, for all of them. */
  forget(): void {
    if (this.#next) this.#known = { ...this.#known, exemplars: new Map() };
    this.#next = undefined;
  }
}

/** Also of a series that is dropped: who pushes says when nothing was. */
function refuseTimed({ samples }: TwinPage): void {
  for (const { key, timestampMs } of samples) {
    if (timestampMs !== undefined) throw new TwinRefusal(`${key} has a timestamp`);
  }
}

function isBad({ labels }: TwinExemplar): boolean {
  const names = labels.map(([name]) => name);
  const characters = [...labels.flat().join("")].length;
  return new Set(names).size < names.length || characters > EXEMPLAR_CHARACTERS_MAX;
}
