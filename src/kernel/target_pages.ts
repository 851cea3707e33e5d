import { assert } from "../assert.ts";
import type {
  FamilyMetadata,
  PageCounts,
  PageRules,
  ScrapeProtocol,
  SeriesRelabel,
  TargetPages,
} from "../contracts.ts";
import { PageError } from "../errors.ts";
import { METRIC_TYPES } from "../metadata_message.ts";
import { askAbout } from "./asked_series.ts";
import type { KernelInstance } from "./instance.ts";
import { KernelTexts } from "./kernel_texts.ts";
import * as layout from "./layout.ts";
import { KERNEL_BYTES_MAX } from "./limits.ts";
import { pageError } from "./page_error.ts";

const FORMATS: Readonly<Record<ScrapeProtocol, number>> = {
  "PrometheusText0.0.4": layout.PAGE_TEXT,
  "PrometheusText1.0.0": layout.PAGE_TEXT,
  "OpenMetricsText0.0.1": layout.PAGE_OPEN_METRICS,
  "OpenMetricsText1.0.0": layout.PAGE_OPEN_METRICS,
  PrometheusProto: layout.PAGE_PROTOBUF,
};

const SCHEMA_MIN = -4;
const SCHEMA_MAX = 8;

/** What a target asks of the parser that it belongs to. */
export interface TargetOwner {
  /** Calls the kernel. */
  call<Result>(what: (instance: KernelInstance) => Result): Result;
  /** The page of this target, or of none, waits to be written. */
  reads(target: KernelTarget | undefined): void;
  isReading(target: KernelTarget): boolean;
  /** A page is through. */
  rests(): void;
  closed(target: KernelTarget): void;
}

/** The pages of one target. */
export class KernelTarget implements TargetPages {
  readonly #owner: TargetOwner;
  /** What names the target in calls of the kernel. */
  id: number;
  /** A page was read, and is neither kept nor forgotten. */
  #isOpen = false;
  #isClosed = false;
  #requestBytes = 0;
  #series = 0;
  #heldBytes = 0;
  #saysNew = false;

  constructor(owner: TargetOwner, id: number) {
    this.#owner = owner;
    this.id = id;
  }

  get series(): number {
    return this.#series;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get saysNew(): boolean {
    return this.#saysNew;
  }

  /** The kernel has lost all that it knew of this target, and names another one so. */
  lose(id: number): void {
    this.id = id;
    this.#isOpen = false;
    this.#series = 0;
    this.#heldBytes = 0;
  }

  read(page: Uint8Array, rules: PageRules, relabel: SeriesRelabel): PageCounts {
    this.#begin();
    if (page.length > KERNEL_BYTES_MAX) {
      throw new PageError(0, `got ${page.length} bytes, wanted at most ${KERNEL_BYTES_MAX}`);
    }
    return this.#owner.call((instance) => {
      const { exports } = instance;
      instance.putInput(page);
      const fault = exports.readPage(
        this.id,
        page.length,
        FORMATS[rules.protocol],
        codeOf(rules),
        rules.bucketLimit,
        schemaMaxOf(rules.minBucketFactor),
      );
      if (fault !== layout.FAULT_NONE) throw this.#refused(instance, fault, page, rules);
      this.#decide(instance, relabel);
      return this.#settle(instance, rules, page);
    });
  }

  readNothing(scrapedMs: number, handlesOf = 0): PageCounts {
    this.#begin();
    return this.#owner.call((instance) => {
      instance.putInput(NOTHING);
      instance.exports.readPage(this.id, 0, layout.PAGE_TEXT, 0, 0, SCHEMA_MAX);
      return this.#settle(
        instance,
        { scrapedMs, latestMs: Infinity, sampleLimit: 0, handlesOf },
        NOTHING,
      );
    });
  }

  #begin(): void {
    assert(!this.#isClosed, "a page of a target that is closed");
    assert(!this.#isOpen, "a page is read before the one before is kept or forgotten");
  }

  /** Asks what becomes of the series that are new. */
  #decide(instance: KernelInstance, relabel: SeriesRelabel): void {
    const { exports } = instance;
    const count = exports.unknownSeries();
    for (let from = 0; from < count;) {
      const told = exports.tellSeries(from);
      let answers: Uint8Array;
      try {
        answers = askAbout(instance, told, relabel);
      } catch (error) {
        exports.dropPage(this.id);
        this.#owner.reads(undefined);
        throw error;
      }
      instance.putInput(answers);
      const fault = exports.decideSeries(this.id, answers.length, from, told);
      if (fault !== layout.FAULT_NONE) throw this.#refused(instance, fault, NOTHING);
      from += told;
    }
  }

  #settle(
    instance: KernelInstance,
    rules:
      & Pick<PageRules, "scrapedMs" | "latestMs" | "sampleLimit" | "handlesOf">
      & Partial<PageRules>,
    page: Uint8Array,
  ): PageCounts {
    const { scrapedMs, latestMs, sampleLimit, handlesOf } = rules;
    const { exports } = instance;
    const fault = exports.settlePage(this.id, scrapedMs, latestMs, sampleLimit, handlesOf);
    if (fault !== layout.FAULT_NONE) throw this.#refused(instance, fault, page, rules);
    this.#isOpen = true;
    this.#owner.reads(this);
    this.#tell(instance);
    this.#saysNew = instance.slot(layout.SLOT_PAGE_SAYS_NEW) === 1;
    return {
      scraped: instance.slot(layout.SLOT_PAGE_SCRAPED),
      kept: instance.slot(layout.SLOT_PAGE_KEPT),
      added: instance.slot(layout.SLOT_PAGE_ADDED),
      duplicates: instance.slot(layout.SLOT_PAGE_DUPLICATES),
      tooFarAhead: instance.slot(layout.SLOT_PAGE_AHEAD),
      badExemplars: instance.slot(layout.SLOT_PAGE_EXEMPLARS),
    };
  }

  #refused(
    instance: KernelInstance,
    fault: number,
    page: Uint8Array,
    { protocol }: { readonly protocol?: ScrapeProtocol } = {},
  ): PageError {
    this.#owner.reads(undefined);
    return pageError(instance, fault, page, protocol !== "PrometheusProto");
  }

  #tell(instance: KernelInstance): void {
    this.#requestBytes = instance.slot(layout.SLOT_RAW_BYTES);
    this.#series = instance.slot(layout.SLOT_SIGNALS);
    this.#heldBytes = instance.slot(layout.SLOT_HELD_BYTES);
  }

  write(metadata: "changed" | "all"): Uint8Array {
    assert(this.#owner.isReading(this), "a page is written that was not the last to be read");
    return this.#owner.call((instance) => {
      instance.exports.writePage(this.id, this.#requestBytes, metadata === "all");
      return handedOut(instance);
    });
  }

  writeWhole(): Uint8Array {
    assert(this.#owner.isReading(this), "a page is written that was not the last to be read");
    return this.#owner.call((instance) => {
      const fault = instance.exports.writeWholePage(this.id, this.#requestBytes);
      if (fault !== layout.FAULT_NONE) throw this.#refused(instance, fault, NOTHING);
      return handedOut(instance);
    });
  }

  keep(handles: Uint8Array = NOTHING): void {
    if (handles.length > 0 && this.#owner.isReading(this)) {
      this.#owner.call((instance) => {
        instance.putInput(handles);
        instance.exports.takePageHandles(this.id, handles.length);
      });
    }
    this.#end(true);
  }

  forget(): void {
    this.#end(false);
  }

  #end(isKept: boolean): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.call((instance) => {
      instance.exports.endPage(this.id, isKept);
      this.#tell(instance);
    });
    if (this.#owner.isReading(this)) this.#owner.reads(undefined);
    this.#owner.rests();
  }

  metadata(): FamilyMetadata[] {
    return this.#owner.call((instance) => {
      const count = instance.exports.targetFamilies(this.id);
      const told = new KernelTexts(instance);
      return Array.from({ length: count }, (): FamilyMetadata => {
        const type = METRIC_TYPES[told.word()]!;
        const lengths = [told.word(), told.word(), told.word()];
        const [family = "", help = "", unit = ""] = lengths.map((bytes) => told.text(bytes));
        return { family, type, help, unit };
      });
    });
  }

  relabelAnew(): void {
    this.#owner.call(({ exports }) => exports.relabelTarget(this.id));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner.call(({ exports }) => exports.closeTarget(this.id));
    this.#owner.closed(this);
    if (this.#owner.isReading(this)) this.#owner.reads(undefined);
    this.#series = 0;
    this.#heldBytes = 0;
    this.#owner.rests();
  }
}

const NOTHING = new Uint8Array(0);

function handedOut(instance: KernelInstance): Uint8Array {
  const at = instance.slot(layout.SLOT_DATA_AT);
  return instance.bytes().subarray(at, at + instance.slot(layout.SLOT_DATA_BYTES));
}

function codeOf(rules: PageRules): number {
  return (rules.honorTimestamps ? layout.PAGE_HONORS_TIMESTAMPS : 0) |
    (rules.trackTimestampsStaleness ? layout.PAGE_TRACKS_TIMESTAMPS : 0) |
    (rules.nativeHistograms ? layout.PAGE_TAKES_NATIVE : 0) |
    (rules.alwaysClassic ? layout.PAGE_KEEPS_CLASSIC : 0) |
    (rules.convertToCustomBuckets ? layout.PAGE_MAKES_CUSTOM : 0) |
    (rules.readsCreated ? layout.PAGE_READS_CREATED : 0) |
    (rules.tellsNoEnds ? layout.PAGE_TELLS_NO_ENDS : 0) |
    (rules.refusesTimestamps ? layout.PAGE_REFUSES_TIMESTAMPS : 0);
}

/** The finest schema whose buckets grow by the factor at least (Prometheus's scrape.go, pickSchema). */
function schemaMaxOf(minBucketFactor: number): number {
  if (minBucketFactor <= 1) return SCHEMA_MAX;
  const schema = Math.floor(-Math.log2(Math.log2(minBucketFactor)));
  return Math.max(SCHEMA_MIN, Math.min(SCHEMA_MAX, schema));
}
