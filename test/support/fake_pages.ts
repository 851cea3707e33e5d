/**
 * A parser of pages, slow and obvious: lines of `name{label="value"} value [timestamp]`,
 * and `# TYPE`. What it keeps of a target is as the contract has it.
 */
import type {
  FamilyMetadata,
  LabelPair,
  PageCounts,
  PageParser,
  PageRules,
  SeriesRelabel,
  TargetPages,
} from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { MessageWriter } from "../../src/protobuf.ts";

const STALE = 0x7ff0_0000_0000_0002n;
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (\d+))?$/;
const NOTHING: PageCounts = {
  scraped: 0,
  kept: 0,
  added: 0,
  duplicates: 0,
  tooFarAhead: 0,
  badExemplars: 0,
};

/** A sample of a page. */
interface Row {
  readonly labels: readonly LabelPair[];
  readonly value: number | bigint;
  readonly timestampMs: number;
}

export class FakePageParser implements PageParser {
  readonly targets: FakeTargetPages[] = [];

  openTarget(): FakeTargetPages {
    const target = new FakeTargetPages();
    this.targets.push(target);
    return target;
  }
}

export class FakeTargetPages implements TargetPages {
  isClosed = false;
  /** How often other rules for labels came. */
  relabeledAnew = 0;
  #last = new Map<string, readonly LabelPair[]>();
  #next: { rows: Row[]; seen: Map<string, readonly LabelPair[]> } | undefined;
  #families: FamilyMetadata[] = [];

  read(page: Uint8Array, rules: PageRules, relabel: SeriesRelabel): PageCounts {
    const rows: Row[] = [];
    const seen = new Map<string, readonly LabelPair[]>();
    const counts = { ...NOTHING };
    const families: FamilyMetadata[] = [];
    const lines = new TextDecoder().decode(page).split("\n");
    if (lines.pop() !== "") throw new PageError(lines.length + 1, "the page ends in a line");
    for (const [index, line] of lines.entries()) {
      const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (family !== undefined) families.push({ family, type: type!, help: "", unit: "" });
      if (line === "" || line.startsWith("#")) continue;
      const match = LINE.exec(line);
      if (match === null) throw new PageError(index + 1, `no sample: ${line}`);
      counts.scraped++;
      const labels = relabel(exposedLabels(match[1]!, match[2] ?? ""));
      if (labels === "dropped") continue;
      counts.kept++;
      const key = JSON.stringify(labels);
      if (seen.has(key)) counts.duplicates++;
      else rows.push({ labels, value: Number(match[3]), timestampMs: rules.scrapedMs });
      if (!this.#last.has(key) && !seen.has(key)) counts.added++;
      seen.set(key, labels);
    }
    if (rules.sampleLimit > 0 && rows.length > rules.sampleLimit) {
      throw new PageError(0, "too many samples (sample_limit)");
    }
    this.#families = families;
    this.#staleInto(rows, seen, rules.scrapedMs);
    this.#next = { rows, seen };
    return counts;
  }

  readNothing(scrapedMs: number): PageCounts {
    const rows: Row[] = [];
    const seen = new Map<string, readonly LabelPair[]>();
    this.#staleInto(rows, seen, scrapedMs);
    this.#next = { rows, seen };
    return NOTHING;
  }

  write(): Uint8Array {
    const request = new MessageWriter();
    for (const { labels, value, timestampMs } of this.#next!.rows) {
      const series = new MessageWriter();
      for (const [name, text] of labels) {
        series.message(1, new MessageWriter().text(1, name).text(2, text));
      }
      const sample = new MessageWriter();
      if (typeof value === "bigint") sample.doubleBits(1, value);
      else sample.double(1, value);
      request.message(1, series.message(2, sample.number(2, timestampMs)));
    }
    return request.finish();
  }

  keep(): void {
    this.#last = this.#next!.seen;
    this.#next = undefined;
  }

  forget(): void {
    this.#next = undefined;
  }

  metadata(): readonly FamilyMetadata[] {
    return this.#families;
  }

  get series(): number {
    return this.#last.size;
  }

  get heldBytes(): number {
    return 0;
  }

  relabelAnew(): void {
    this.relabeledAnew++;
  }

  close(): void {
    this.isClosed = true;
  }

  #staleInto(rows: Row[], seen: ReadonlyMap<string, unknown>, timestampMs: number): void {
    for (const [key, labels] of this.#last) {
      if (!seen.has(key)) rows.push({ labels, value: STALE, timestampMs });
    }
  }
}

function exposedLabels(name: string, labels: string): LabelPair[] {
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)]
    .map(([, label, value]): LabelPair => [label!, value!]);
  return [["__name__", name], ...pairs];
}
