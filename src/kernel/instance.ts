import type { BytePool } from "../byte_pool.ts";
import { SLOT_COUNT, SLOT_DATA_AT, SLOT_DATA_BYTES } from "./layout.ts";

/** The functions of asm/index.ts. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  resultAt(): number;
  inputAt(bytes: number): number;
  shareMemory(): void;
  seed(a: number, b: number): void;
  boundKept(bytes: number): void;
  handleGeneration(): number;
  configureWriter(
    format: number,
    names: number,
    labelsMax: number,
    nameBytesMax: number,
    valueBytesMax: number,
  ): void;
  addRequest(
    bytes: number,
    compression: number,
    bytesMax: number,
    cutoffMs: number,
    latestMs: number,
    message: number,
  ): number;
  encodeBatch(): void;
  beginParts(partitions: number): void;
  encodePart(): number;
  checkInput(bytes: number, low: number, high: number): number;
  checksumInput(bytes: number): void;
  configureReader(
    shards: number,
    requestSignalsMax: number,
    externalBytes: number,
    message: number,
    sends: number,
    metadataMax: number,
  ): void;
  configureRules(bytesMax: number): void;
  lookUpLabels(): number;
  decideLabels(bytes: number): void;
  loadBatch(bytes: number, compression: number, bytesMax: number, format: number): number;
  configureHanded(bytesMax: number): void;
  loadHanded(rows: number, bytes: number): number;
  learnSets(rows: number): void;
  forgetLearned(): void;
  showBatch(): void;
  discardBatch(): void;
  route(cutoffMs: number): number;
  reshard(shards: number): void;
  openSignals(shard: number): number;
  takeRequest(shard: number): void;
  settleRequest(request: number, isDelivered: boolean): void;
  shardState(shard: number): void;
  restoreShard(
    shard: number,
    bytes: number,
    position: number,
    samples: number,
    histograms: number,
    exemplars: number,
    metadata: number,
    oldestMs: number,
    newestMs: number,
  ): void;
  openRequest(bytes: number, bytesMax: number): number;
  selectRequest(bytes: number, bytesMax: number, which: number, cutoffMs: number): number;
  openTarget(): number;
  closeTarget(target: number): void;
  readPage(
    target: number,
    bytes: number,
    format: number,
    rules: number,
    bucketLimit: number,
    schemaMax: number,
  ): number;
  unknownSeries(): number;
  tellSeries(from: number): number;
  decideSeries(target: number, bytes: number, from: number, count: number): number;
  settlePage(
    target: number,
    scrapedMs: number,
    latestMs: number,
    sampleLimit: number,
    handlesOf: number,
  ): number;
  dropPage(target: number): void;
  writePage(target: number, samplesBytes: number, all: boolean): void;
  writeWholePage(target: number, samplesBytes: number): number;
  takePageHandles(target: number, bytes: number): void;
  endPage(target: number, isKept: boolean): void;
  relabelTarget(target: number): void;
  targetFamilies(target: number): number;
  packTarget(target: number): void;
  unpackTarget(bytes: number): number;
  shrinkPages(): void;
}

/**
 * One instance of the kernel with its own memory, and the views on it. A view
 * dies when the memory grows, so both are looked up again after every call that
 * can grow it.
 */
export class KernelInstance {
  readonly exports: KernelExports;
  readonly #resultAt: number;
  #bytes: Uint8Array;
  #slots: Float64Array;

  constructor(module: WebAssembly.Module) {
    this.exports = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    this.#resultAt = this.exports.resultAt();
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#slots = new Float64Array(this.exports.memory.buffer, this.#resultAt, SLOT_COUNT);
  }

  /** Bytes that the memory has grown to. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Looks the views up again if the memory has grown. */
  #refresh(): void {
    const buffer = this.exports.memory.buffer;
    if (buffer === this.#bytes.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#slots = new Float64Array(buffer, this.#resultAt, SLOT_COUNT);
  }

  /** What the last call left in a slot of the result area. */
  slot(index: number): number {
    if (this.#slots.length === 0) this.#refresh();
    return this.#slots[index]!;
  }

  /** Copies the input of the next call in. */
  putInput(bytes: Uint8Array): void {
    const at = this.exports.inputAt(bytes.length);
    this.#refresh();
    this.#bytes.set(bytes, at);
  }

  /** The memory, until the next call. */
  bytes(): Uint8Array {
    this.#refresh();
    return this.#bytes;
  }

  /** The same in words of four bytes. */
  words(): Uint32Array {
    return new Uint32Array(this.exports.memory.buffer);
  }

  /** A copy of a part of the memory. */
  copy(at: number, length: number): Uint8Array {
    this.#refresh();
    return this.#bytes.slice(at, at + length);
  }

  /** A copy of the bytes that the last call handed out. */
  copyData(): Uint8Array {
    return this.copy(this.slot(SLOT_DATA_AT), this.slot(SLOT_DATA_BYTES));
  }

  /** The same in memory that may be given back. */
  copyDataTo(pool: BytePool): Uint8Array {
    const at = this.slot(SLOT_DATA_AT);
    const copy = pool.take(this.slot(SLOT_DATA_BYTES));
    copy.set(this.bytes().subarray(at, at + copy.length));
    return copy;
  }
}
