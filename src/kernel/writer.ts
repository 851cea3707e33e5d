import { assert } from "../assert.ts";
import type {
  AddOptions,
  AddResult,
  BatchFormat,
  BatchPart,
  BatchWriter,
  EncodedBatch,
  HandedBatch,
  RequestMessage,
  WriterOptions,
  WriterRules,
} from "../contracts.ts";
import { messageOf, WalqError } from "../errors.ts";
import { formatChecksum } from "./checksum.ts";
import { faultText, ruleText } from "./faults.ts";
import { expiredText, unsupportedText } from "./refused_text.ts";
import { KernelInstance } from "./instance.ts";
import { kindsIn } from "./kinds.ts";
import * as layout from "./layout.ts";
import {
  KEPT_BYTES_MAX,
  KERNEL_BYTES_MAX,
  MEMORY_BYTES_KEPT_MAX,
  PARTITIONS_MAX,
} from "./limits.ts";
import { DEFAULT_RULES } from "./rules.ts";
import { claimedBytes } from "./snappy_header.ts";

/** More generations of handles than a word counts. */
const GENERATIONS_MAX = 2 ** 32;
/** So many instances were opened by all writers. */
let instances = 0;

/** Makes batches in an instance of its own. */
export class KernelWriter implements BatchWriter {
  readonly #module: WebAssembly.Module;
  #options: Required<WriterOptions>;
  #instance: KernelInstance;
  #signals = 0;
  #heldBytes = 0;
  /** Rules that wait for an empty batch. */
  #nextRules: WriterRules | undefined;
  /** Of the instance: no other of any writer has the same. */
  #number = ++instances;

  constructor(module: WebAssembly.Module, options: WriterOptions = {}) {
    this.#module = module;
    this.#options = {
      rules: DEFAULT_RULES,
      keptBytesMax: KEPT_BYTES_MAX,
      memoryBytesMax: MEMORY_BYTES_KEPT_MAX,
      ...options,
    };
    this.#instance = openInstance(module, this.#options);
  }

  get signals(): number {
    return this.#signals;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get handlesOf(): number {
    return this.#guard(({ exports }) =>
      this.#number * GENERATIONS_MAX + (exports.handleGeneration() >>> 0)
    );
  }

  /** With a larger request the batch it comes into could not be read again. */
  get #roomBytes(): number {
    return Math.max(0, KERNEL_BYTES_MAX - this.#heldBytes);
  }

  configure(rules: WriterRules): void {
    this.#nextRules = rules;
    this.#applyRules();
  }

  addRequest(body: Uint8Array, options: AddOptions): AddResult {
    const bytesMax = Math.min(options.uncompressedBytesMax, this.#roomBytes);
    checkSize(body, options.compression, bytesMax);
    const compression = options.compression === "snappy"
      ? layout.COMPRESSION_SNAPPY
      : layout.COMPRESSION_NONE;
    const fault = this.#guard((instance) => {
      if (this.#signals === 0) instance.exports.shareMemory();
      instance.putInput(body);
      return instance.exports.addRequest(
        body.length,
        compression,
        bytesMax,
        options.cutoffMs,
        options.latestMs,
        messageCode(options.message),
      );
    });
    if (fault !== layout.FAULT_NONE) {
      const error = requestError(this.#instance, fault);
      this.#shrink();
      throw error;
    }
    const added = this.#added(options.cutoffMs);
    return options.message === "scraped" ? this.#withHandles(added) : added;
  }

  #withHandles(added: AddResult): AddResult {
    const instance = this.#instance;
    const bytes = instance.slot(layout.SLOT_HANDLES_BYTES);
    if (bytes === 0) return added;
    return { ...added, handles: instance.copy(instance.slot(layout.SLOT_HANDLES_AT), bytes) };
  }

  #added(cutoffMs: number): AddResult {
    const instance = this.#instance;
    const accepted = instance.slot(layout.SLOT_ACCEPTED);
    this.#signals += accepted;
    this.#heldBytes = instance.slot(layout.SLOT_HELD_BYTES);
    const counts: AddResult = {
      accepted,
      kinds: kindsIn(instance),
      expired: instance.slot(layout.SLOT_EXPIRED),
      invalid: instance.slot(layout.SLOT_INVALID),
      unsupported: instance.slot(layout.SLOT_UNSUPPORTED),
      newestMs: instance.slot(layout.SLOT_NEWEST_MS),
    };
    const { expired, unsupported } = counts;
    const firstInvalid = ruleText(instance);
    const result = {
      ...counts,
      ...(expired > 0 ? { firstExpired: expiredText(instance, cutoffMs) } : {}),
      ...(firstInvalid !== undefined ? { firstInvalid } : {}),
      ...(unsupported > 0 ? { firstUnsupported: unsupportedText(instance) } : {}),
    };
    this.#shrink();
    return result;
  }

  encode(): EncodedBatch {
    assert(this.#signals > 0, "encode of an empty batch");
    const { handlesOf } = this;
    const batch = this.#guard((instance): EncodedBatch => {
      instance.exports.encodeBatch();
      const handed = handedBatch(instance, handlesOf);
      const batch = encodedBatch(instance, this.#options.rules.format);
      return { ...batch, ...(handed && { handed }) };
    });
    this.#ended(batch.series + batch.metadata);
    return batch;
  }

  encodeParts(partitions: number): readonly BatchPart[] {
    assert(
      Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX,
      `a batch for ${partitions} partitions`,
    );
    if (partitions === 1) return [{ partition: 0, batch: this.encode() }];
    assert(this.#signals > 0, "encode of an empty batch");
    const { parts, series, metadata } = this.#guard((instance) => {
      instance.exports.beginParts(partitions);
      const series = instance.slot(layout.SLOT_SIGNALS);
      const metadata = instance.slot(layout.SLOT_METADATA);
      return { parts: encodedParts(instance), series, metadata };
    });
    const sumOf = (kind: "series" | "metadata"): number =>
      parts.reduce((sum, { batch }) => sum + batch[kind], 0);
    assert(sumOf("series") === series, `${sumOf("series")} rows in parts of ${series}`);
    assert(sumOf("metadata") >= metadata, `${sumOf("metadata")} entries in parts of ${metadata}`);
    this.#ended(series + metadata);
    return parts;
  }

  /** The open batch was encoded, and had so many signals. */
  #ended(signals: number): void {
    assert(signals === this.#signals, `${signals} signals encoded of ${this.#signals}`);
    this.#signals = 0;
    this.#heldBytes = 0;
    this.#applyRules();
    this.#shrink();
  }

  #applyRules(): void {
    const rules = this.#nextRules;
    if (rules === undefined || this.#signals > 0) return;
    this.#nextRules = undefined;
    this.#options = { ...this.#options, rules };
    this.#guard((instance) => configure(instance, rules));
  }

  /** Gives the memory of a giant request back as soon as the batch is empty. */
  #shrink(): void {
    if (this.#signals > 0 || this.#instance.memoryBytes <= this.#options.memoryBytesMax) return;
    this.#replace();
  }

  #replace(): void {
    this.#instance = openInstance(this.#module, this.#options);
    this.#number = ++instances;
  }

  /** An instance that trapped is never used again; the open batch is lost with it. */
  #guard<Result>(call: (instance: KernelInstance) => Result): Result {
    try {
      return call(this.#instance);
    } catch (error) {
      const lost = this.#signals;
      this.#replace();
      this.#signals = 0;
      this.#heldBytes = 0;
      throw new Error(
        `BUG: the kernel trapped and lost the open batch of ${lost} signals: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

function openInstance(
  module: WebAssembly.Module,
  options: Required<WriterOptions>,
): KernelInstance {
  const instance = new KernelInstance(module);
  const secret = crypto.getRandomValues(new Uint32Array(2));
  instance.exports.seed(secret[0]!, secret[1]!);
  instance.exports.boundKept(Math.min(options.keptBytesMax, KEPT_BYTES_MAX));
  configure(instance, options.rules);
  return instance;
}

function configure(instance: KernelInstance, rules: WriterRules): void {
  instance.exports.configureWriter(
    formatCode(rules.format),
    rules.names === "utf8" ? layout.NAMES_UTF8 : layout.NAMES_LEGACY,
    rules.labelLimit,
    rules.labelNameLengthLimit,
    rules.labelValueLengthLimit,
  );
}

/** The parts of a batch that was begun. */
function encodedParts(instance: KernelInstance): BatchPart[] {
  const parts: BatchPart[] = [];
  for (;;) {
    const partition = instance.exports.encodePart();
    if (partition < 0) return parts;
    parts.push({ partition, batch: encodedBatch(instance, "walq.metrics.v1") });
  }
}

/** What was encoded last. */
function encodedBatch(instance: KernelInstance, format: BatchFormat): EncodedBatch {
  return {
    format,
    compression: "snappy",
    data: instance.copyData(),
    uncompressedBytes: instance.slot(layout.SLOT_RAW_BYTES),
    series: instance.slot(layout.SLOT_SIGNALS),
    metadata: instance.slot(layout.SLOT_METADATA),
    kinds: kindsIn(instance),
    strings: instance.slot(layout.SLOT_STRINGS),
    oldestMs: instance.slot(layout.SLOT_OLDEST_MS),
    newestMs: instance.slot(layout.SLOT_NEWEST_MS),
    checksum: formatChecksum({
      low: instance.slot(layout.SLOT_CHECKSUM_LOW),
      high: instance.slot(layout.SLOT_CHECKSUM_HIGH),
    }),
  };
}

/** The batch that was encoded, in short form, if it has one. */
function handedBatch(instance: KernelInstance, handlesOf: number): HandedBatch | undefined {
  const bytes = instance.slot(layout.SLOT_HANDED_BYTES);
  if (bytes === 0) return undefined;
  return {
    handlesOf,
    rows: instance.slot(layout.SLOT_SIGNALS),
    bytes: instance.copy(instance.slot(layout.SLOT_HANDED_AT), bytes),
    uncompressedBytes: instance.slot(layout.SLOT_RAW_BYTES),
  };
}

function formatCode(format: BatchFormat): number {
  return format === "walq.metrics.v1" ? layout.FORMAT_WALQ_V1 : layout.FORMAT_ALLOY_V1;
}

function messageCode(message: RequestMessage): number {
  if (message === "appended") return layout.MESSAGE_APPENDED;
  if (message === "scraped") return layout.MESSAGE_SCRAPED;
  return message === "prometheus.WriteRequest" ? layout.MESSAGE_V1 : layout.MESSAGE_V2;
}

/** Refuses what is too large, or claims to be, before anything is copied. */
function checkSize(body: Uint8Array, compression: string, bytesMax: number): void {
  const bytes = compression === "snappy" ? claimedBytes(body) : body.length;
  if (bytes === undefined) {
    throw new WalqError(
      "INVALID_REQUEST",
      `Cannot read request: got ${body.length} bytes that are not snappy, wanted a header and data that fit each other at byte 0`,
    );
  }
  if (bytes > bytesMax) {
    throw new WalqError(
      "TOO_LARGE",
      `Cannot take request: got ${bytes} bytes uncompressed, wanted at most ${bytesMax}`,
    );
  }
}

const TOO_LARGE: ReadonlySet<number> = new Set([
  layout.FAULT_SNAPPY_LIMIT,
  layout.FAULT_BATCH_ROWS,
  layout.FAULT_NAMED_BYTES,
  layout.FAULT_REQUEST_MEMORY,
  layout.FAULT_REQUEST_THINGS,
]);

function requestError(instance: KernelInstance, fault: number): WalqError {
  const code = TOO_LARGE.has(fault) ? "TOO_LARGE" : "INVALID_REQUEST";
  return new WalqError(code, `Cannot read request: ${faultText(instance, fault)}`);
}
