import { assert } from "../assert.ts";
import { bodies } from "../byte_pool.ts";
import type {
  BatchReader,
  HandedBatch,
  LoadableBatch,
  Loaded,
  MergedSets,
  ReaderOptions,
  RequestBody,
  Routed,
  Selection,
} from "../contracts.ts";
import { messageOf, WalqError } from "../errors.ts";
import { checkInput, compressionCode, formatCode, wantedChecksum } from "./batch_head.ts";
import { faultText } from "./faults.ts";
import type { KernelInstance } from "./instance.ts";
import { kindsIn } from "./kinds.ts";
import * as layout from "./layout.ts";
import { KERNEL_BYTES_MAX, MEMORY_BYTES_KEPT_MAX, SHARDS_MAX } from "./limits.ts";
import { openReaderInstance } from "./reader_instance.ts";
import { relabelBatch } from "./relabeling.ts";
import { ShownBatch } from "./shown_batch.ts";
import { decompressFrames } from "./zstd.ts";

/** An instance has at most so many requests: their numbers are 32 bits. */
const REQUESTS_MAX = 2 ** 32;

/** Reads batches in an instance of its own. */
export class KernelReader implements BatchReader {
  readonly #module: WebAssembly.Module;
  #options: ReaderOptions;
  readonly #bytesMax: number;
  #instance: KernelInstance;
  /** How many instances there were before this one: each numbers its requests from 1 on. */
  #generation = 0;
  #through = true;
  /** Whose handles of label sets the instance knows. */
  #handlesOf: number | undefined;

  constructor(module: WebAssembly.Module, options: ReaderOptions) {
    assert(isWithin(options.shards, 1, SHARDS_MAX), `${options.shards} shards`);
    assert(isWithin(options.requestSignalsMax, 1, 0xffffffff), "requestSignalsMax out of range");
    this.#module = module;
    this.#options = options;
    this.#bytesMax = Math.min(options.uncompressedBytesMax, KERNEL_BYTES_MAX);
    this.#instance = openReaderInstance(module, options);
  }

  load(batch: LoadableBatch): Loaded {
    assert(this.#through, "load before the batch at hand is through");
    const { handed } = batch;
    if (handed === undefined || !this.#takesHanded) return this.#loadData(batch);
    if (this.#loadHanded(handed)) {
      const { rows, uncompressedBytes } = handed;
      return { signals: rows, counted: rows, uncompressedBytes };
    }
    const loaded = this.#loadData(batch);
    this.#guard((instance) => {
      instance.putInput(handed.bytes);
      instance.exports.learnSets(handed.rows);
    });
    return loaded;
  }

  /** What rules make of a set, or how 2.0 has it, is known by other means. */
  get #takesHanded(): boolean {
    return !this.#isV2 && this.#options.relabel === undefined;
  }

  /** Takes a batch in short form; false where it has label sets that are not known. */
  #loadHanded({ handlesOf, rows, bytes }: HandedBatch): boolean {
    return this.#guard((instance) => {
      if (handlesOf !== this.#handlesOf) instance.exports.forgetLearned();
      this.#handlesOf = handlesOf;
      instance.putInput(bytes);
      if (instance.exports.loadHanded(rows, bytes.length) === 0) return false;
      this.#through = false;
      return true;
    });
  }

  #loadData(batch: LoadableBatch): Loaded {
    const format = formatCode(batch.format);
    const isZstd = batch.compression === "zstd";
    const code = isZstd ? layout.COMPRESSION_NONE : compressionCode(batch.compression);
    const checksum = wantedChecksum(batch.checksum);
    this.#checkSize(batch.data, code);
    // Only Alloy writes zstd, and it leaves no checksum.
    const data = isZstd ? this.#decompressed(batch.data) : batch.data;
    this.#shrink();
    const { relabel } = this.#options;
    let fault: number;
    let merged: MergedSets | undefined;
    let loaded: Loaded | undefined;
    try {
      this.#instance.exports.shareMemory();
      this.#instance.putInput(data);
      checkInput(this.#instance, data.length, checksum);
      fault = this.#instance.exports.loadBatch(data.length, code, this.#bytesMax, format);
      if (fault === layout.FAULT_NONE) {
        loaded = loadedBatch(this.#instance);
        if (relabel !== undefined) merged = relabelBatch(this.#instance, relabel);
      }
    } catch (error) {
      if (error instanceof WalqError) throw error;
      // Open requests are not touched by a load: they move on to a fresh instance.
      this.#move();
      // The batch may be to blame, or a host that had no memory: whoever called tries again.
      throw new Error(`BUG: the kernel trapped: ${messageOf(error)}`, { cause: error });
    }
    if (loaded === undefined) {
      const text = faultText(this.#instance, fault);
      this.#shrink();
      throw new WalqError("CORRUPT", `Cannot read batch: ${text}`);
    }
    this.#through = loaded.signals === 0;
    return { ...loaded, ...(merged && { merged }) };
  }

  /** Shows the signals of the batch that was loaded, of which nothing was routed yet. */
  show(): ShownBatch {
    return this.#guard((instance) => {
      instance.exports.showBatch();
      return new ShownBatch(instance);
    });
  }

  discard(): void {
    this.#guard(({ exports }) => exports.discardBatch());
    this.#through = true;
  }

  route(cutoffMs: number): Routed {
    return this.#guard((instance) => {
      const fullShard = instance.exports.route(cutoffMs);
      if (fullShard < 0) this.#through = true;
      return {
        fullShard,
        expired: instance.slot(layout.SLOT_EXPIRED),
        dropped: {
          filtered: instance.slot(layout.SLOT_FILTERED),
          nhcb_in_rw1_not_supported: instance.slot(layout.SLOT_CUSTOM_IN_V1),
          exemplar_without_sample: instance.slot(layout.SLOT_EXEMPLARS_ALONE),
          metadata_without_series: instance.slot(layout.SLOT_METADATA_ALONE),
          unsupported: instance.slot(layout.SLOT_UNSUPPORTED),
          dropped_series: instance.slot(layout.SLOT_DROPPED_SERIES),
          relabeled_too_large: instance.slot(layout.SLOT_RELABELED_TOO_LARGE),
        },
        known: instance.slot(layout.SLOT_METADATA_KNOWN),
        startsOmitted: instance.slot(layout.SLOT_STARTS_OMITTED),
      };
    });
  }

  reshard(shards: number): void {
    assert(isWithin(shards, 1, SHARDS_MAX), `${shards} shards`);
    for (let shard = 0; shard < this.#options.shards; shard++) {
      assert(this.openSignals(shard) === 0, `reshard with a request open in shard ${shard}`);
    }
    this.#guard(({ exports }) => exports.reshard(shards));
    this.#options = { ...this.#options, shards };
  }

  openSignals(shard: number): number {
    this.#checkShard(shard);
    return this.#instance.exports.openSignals(shard);
  }

  take(shard: number): RequestBody {
    assert(this.openSignals(shard) > 0, `take of the empty request of shard ${shard}`);
    return this.#guard((instance) => {
      instance.exports.takeRequest(shard);
      const number = this.#generation * REQUESTS_MAX + instance.slot(layout.SLOT_REQUEST);
      return sealedRequest(instance, number);
    });
  }

  select(
    body: RequestBody,
    which: Selection,
  ): { body: RequestBody | undefined; kept: Uint8Array } {
    const isByAge = "cutoffMs" in which;
    if (isByAge && body.oldestMs >= which.cutoffMs) {
      return { body, kept: new Uint8Array(body.signals).fill(1) };
    }
    if (isByAge ? isAllOlder(body, which.cutoffMs) : body.signals < 2) {
      return { body: undefined, kept: new Uint8Array(body.signals) };
    }
    const { code, cutoffMs } = selectionCode(which);
    const instance = this.#onSealed(
      body,
      ({ exports }, bytes) => exports.selectRequest(bytes, body.uncompressedBytes, code, cutoffMs),
    );
    const count = instance.slot(layout.SLOT_KEPT_COUNT);
    assert(count === body.signals, `${count} signals in a request of ${body.signals}`);
    const kept = instance.copy(instance.slot(layout.SLOT_KEPT_AT), count);
    const isEmpty = instance.slot(layout.SLOT_SIGNALS) === 0;
    const left = isEmpty ? undefined : sealedRequest(instance, body.number);
    // In 2.0 metadata goes with the series that it is on: whatever comes of the rest says nothing about it.
    if (isByAge && this.#isV2 && kept.includes(0)) this.settled(body, false);
    return { body: left, kept };
  }

  plain(body: RequestBody): Uint8Array {
    return this.#onSealed(
      body,
      ({ exports }, bytes) => exports.openRequest(bytes, body.uncompressedBytes),
    ).copyData();
  }

  /** Works on a sealed request; the instance has what came of it. */
  #onSealed(
    { bytes }: RequestBody,
    call: (instance: KernelInstance, bytes: number) => number,
  ): KernelInstance {
    const fault = this.#guard((instance) => {
      instance.putInput(bytes);
      return call(instance, bytes.length);
    });
    const instance = this.#instance;
    assert(fault === layout.FAULT_NONE, `sealed request: ${faultText(instance, fault)}`);
    return instance;
  }

  settled(body: RequestBody, isDelivered: boolean): void {
    // What an instance that is gone had sent, this one does not remember.
    if (Math.floor(body.number / REQUESTS_MAX) !== this.#generation) return;
    this.#guard(({ exports }) => exports.settleRequest(body.number % REQUESTS_MAX, isDelivered));
  }

  recycle({ bytes }: RequestBody): void {
    bodies.give(bytes);
  }

  #decompressed(data: Uint8Array): Uint8Array {
    const { decompressZstd } = this.#options;
    assert(decompressZstd !== undefined, "a batch under zstd, and no zstd to read it");
    return decompressFrames(data, this.#bytesMax, decompressZstd);
  }

  get #isV2(): boolean {
    return this.#options.message === "io.prometheus.write.v2.Request";
  }

  #replaceInstance(fresh: KernelInstance): void {
    this.#instance = fresh;
    this.#handlesOf = undefined;
    this.#generation++;
  }

  #checkShard(shard: number): void {
    assert(
      isWithin(shard, 0, this.#options.shards - 1),
      `shard ${shard} of ${this.#options.shards}`,
    );
  }

  #checkSize(data: Uint8Array, compression: number): void {
    // No snappy data of a size within the limit is longer than this.
    const bytesMax = compression === layout.COMPRESSION_NONE
      ? this.#bytesMax
      : this.#bytesMax * 2 + 1024;
    if (data.length <= bytesMax) return;
    throw new WalqError(
      "CORRUPT",
      `Cannot read batch: got ${data.length} bytes, wanted at most ${bytesMax}`,
    );
  }

  /** Gives the memory of a giant batch back; open requests move along. Only between batches. */
  #shrink(): void {
    const bytes = this.#instance.memoryBytes;
    const { memoryBytesMax = MEMORY_BYTES_KEPT_MAX } = this.#options;
    if (bytes <= memoryBytesMax) return;
    // Open requests may need much memory of their own: moving them in vain helps nobody.
    if (bytes > memoryBytesMax + 4 * this.#openBytes()) this.#move();
  }

  #openBytes(): number {
    let bytes = 0;
    for (let shard = 0; shard < this.#options.shards; shard++) {
      this.#instance.exports.shardState(shard);
      bytes += this.#instance.slot(layout.SLOT_DATA_BYTES);
    }
    return bytes;
  }

  /** Moves the open requests to a fresh instance, which replaces this one. */
  #move(): void {
    const fresh = openReaderInstance(this.#module, this.#options);
    const old = this.#instance;
    for (let shard = 0; shard < this.#options.shards; shard++) {
      old.exports.shardState(shard);
      if (old.slot(layout.SLOT_SIGNALS) === 0) continue;
      const { samples, histograms, exemplars, metadata } = kindsIn(old);
      const bytes = old.copyData();
      fresh.putInput(bytes);
      const oldestMs = old.slot(layout.SLOT_OLDEST_MS);
      const newestMs = old.slot(layout.SLOT_NEWEST_MS);
      fresh.exports.restoreShard(
        shard,
        bytes.length,
        old.slot(layout.SLOT_RAW_BYTES),
        samples,
        histograms,
        exemplars,
        metadata,
        oldestMs,
        newestMs,
      );
    }
    this.#replaceInstance(fresh);
  }

  /** An instance that trapped is never used again; its batch and open requests are lost, their leases are not. */
  #guard<Result>(call: (instance: KernelInstance) => Result): Result {
    try {
      return call(this.#instance);
    } catch (error) {
      this.#replaceInstance(openReaderInstance(this.#module, this.#options));
      this.#through = true;
      throw new Error(`BUG: the kernel trapped and lost the open requests: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function loadedBatch(instance: KernelInstance): Loaded {
  return {
    signals: instance.slot(layout.SLOT_SIGNALS),
    counted: instance.slot(layout.SLOT_COUNTED),
    uncompressedBytes: instance.slot(layout.SLOT_RAW_BYTES),
  };
}

/** Metadata has no timestamp, and an exemplar may have none: they do not grow old. */
function isAllOlder({ newestMs, kinds }: RequestBody, cutoffMs: number): boolean {
  return newestMs < cutoffMs && kinds.metadata + kinds.exemplars === 0;
}

function selectionCode(which: Selection): { readonly code: number; readonly cutoffMs: number } {
  if ("cutoffMs" in which) return { code: layout.KEEP_FRESH, cutoffMs: which.cutoffMs };
  const isFirst = which.half === "first";
  return { code: isFirst ? layout.KEEP_FIRST_HALF : layout.KEEP_SECOND_HALF, cutoffMs: 0 };
}

function sealedRequest(instance: KernelInstance, number: number): RequestBody {
  return {
    number,
    kinds: kindsIn(instance),
    bytes: instance.copyDataTo(bodies),
    uncompressedBytes: instance.slot(layout.SLOT_RAW_BYTES),
    signals: instance.slot(layout.SLOT_SIGNALS),
    oldestMs: instance.slot(layout.SLOT_OLDEST_MS),
    newestMs: instance.slot(layout.SLOT_NEWEST_MS),
  };
}
