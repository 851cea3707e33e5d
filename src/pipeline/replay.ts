import { atOnce } from "../actor/at_once.ts";
import type {
  BatchPart,
  BatchReader,
  BatchStore,
  BatchWriter,
  DecompressZstd,
  EncodedBatch,
  Kernel,
  Logger,
  ReplayedBatches,
} from "../contracts.ts";
import { WalqError } from "../errors.ts";
import type { DeliveredBatches, WalkedBatch } from "../filequeue/delivered_batches.ts";
import type { DeliveredBatch, Window } from "../filequeue/delivered_read.ts";
import { isDamage } from "../filequeue/is_damage.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import type { InSteps } from "./in_steps.ts";
import { onDisk } from "./on_disk.ts";
import { PassedOverFiles } from "./passed_over_files.ts";

/** Signals in a request between reader and writer, and in a batch. */
const SIGNALS_MAX = 10_000;
/** It carries all that a batch has, but metadata that is of no series and exemplars that are alone. */
const MESSAGE = "io.prometheus.write.v2.Request";

/** What a {@link Replay} works with. */
interface ReplayDependencies {
  /** The endpoint's name. */
  readonly endpoint: string;
  readonly delivered: DeliveredBatches;
  readonly store: BatchStore;
  /** Of the store. @default 1 */
  readonly partitions?: number;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly decompressZstd: DecompressZstd | undefined;
  /** Nothing is put there: it is counted alone. */
  readonly isDryRun: boolean;
  /** Told how many signals are durable there. */
  readonly onSent: (signals: number) => void;
}

/**
 * Puts signals of batches that one endpoint has taken into the store again, the oldest first,
 * one batch a step. A batch that lies in the window is put there as it is; of another one those
 * signals that do are written anew, in batches of their own. Metadata is of no time: it goes
 * with whole batches. One that is damaged is passed over. Where the store has several
 * partitions all are written anew, as a batch does not say of which it is, and metadata goes
 * with its series.
 */
export class Replay implements InSteps<ReplayedBatches> {
  readonly #dependencies: ReplayDependencies;
  readonly #window: Window;
  readonly #partitions: number;
  readonly #batches: AsyncGenerator<WalkedBatch>;
  readonly #passedOver = new PassedOverFiles();
  readonly #sum = { batches: 0, signals: 0 };
  #cutter: { readonly reader: BatchReader; readonly writer: BatchWriter } | undefined;
  /** Exemplars without a sample of their series, of batches that were cut. */
  #left = 0;

  constructor(dependencies: ReplayDependencies, window: Window) {
    this.#dependencies = dependencies;
    this.#window = window;
    this.#partitions = dependencies.partitions ?? 1;
    this.#batches = dependencies.delivered.walk(window);
  }

  get sum(): ReplayedBatches {
    return { ...this.#sum, ...this.#passedOver.told };
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  step(): Promise<boolean> {
    return onDisk("replay", async () => {
      const { done, value } = await this.#batches.next();
      if (done) return false;
      const { name, batch } = value;
      if (batch !== undefined && !await this.#tryOne(name, batch)) {
        this.#passedOver.add(`${this.#dependencies.endpoint}/${name}`);
      }
      return true;
    });
  }

  end(): void {
    const { logger, isDryRun } = this.#dependencies;
    if (this.#sum.batches === 0 || isDryRun) return;
    const { batches, signals, damaged } = this.sum;
    logger.info("delivered batches are sent again", {
      batches,
      signals,
      exemplars_left_out: this.#left || undefined,
      damaged: damaged || undefined,
    });
  }

  /** Resolves when what it has in the window is durable; false where it is damaged, and nothing of it is. */
  async #tryOne(name: string, batch: DeliveredBatch | "damaged"): Promise<boolean> {
    if (batch === "damaged") return false;
    try {
      await this.#one(batch);
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#dependencies.delivered.damaged(name, error.message);
      return false;
    }
  }

  async #one(batch: DeliveredBatch): Promise<void> {
    const whole = this.#whole(batch);
    if (whole !== undefined) return await this.#put([{ partition: 0, batch: whole }]);
    for (const parts of this.#cut(batch)) await this.#put(parts);
  }

  async #put(parts: readonly BatchPart[]): Promise<void> {
    await atOnce(parts, parts.length, async ({ partition, batch }) => {
      const { store, isDryRun, onSent } = this.#dependencies;
      const signals = batch.series + batch.metadata;
      if (!isDryRun) {
        await store.append({ batch, partition, again: "batch" });
        onSent(signals);
      }
      this.#sum.batches++;
      this.#sum.signals += signals;
    });
  }

  /** Undefined for one that has to be cut. */
  #whole(batch: DeliveredBatch): EncodedBatch | undefined {
    const { data, format, compression, checksum, times, kinds } = batch;
    const { fromMs, toMs } = this.#window;
    if (this.#partitions > 1) return undefined;
    if (format !== "walq.metrics.v1" || compression === "zstd") return undefined;
    if (checksum === undefined || times === undefined || kinds === undefined) return undefined;
    if (times.oldestMs < fromMs || times.newestMs >= toMs) return undefined;
    this.#load(batch).discard();
    return {
      ...times,
      format,
      compression: compression === "snappy" ? "snappy" : "none",
      data,
      uncompressedBytes: 0,
      series: kinds.samples + kinds.histograms + kinds.exemplars,
      metadata: kinds.metadata,
      kinds,
      strings: 0,
      checksum,
    };
  }

  /**
   * Gives a batch to the reader, as whoever takes it out of the store does: what that would
   * refuse is not put there.
   *
   * @throws {WalqError} `CORRUPT`
   */
  #load(batch: DeliveredBatch): BatchReader {
    const { reader } = this.#cutter ??= this.#makeCutter();
    const { counted } = reader.load(batch);
    if (counted === batch.signals) return reader;
    reader.discard();
    throw new WalqError(
      "CORRUPT",
      `Cannot read batch: got ${counted} signals, expected ${batch.signals}, as its head says`,
    );
  }

  *#cut(batch: DeliveredBatch): Generator<readonly BatchPart[]> {
    const reader = this.#load(batch);
    const { writer } = this.#cutter!;
    const { fromMs, toMs } = this.#window;
    for (let isThrough = false; !isThrough;) {
      const { fullShard, dropped } = reader.route(fromMs);
      isThrough = fullShard < 0;
      this.#left += dropped.exemplar_without_sample + dropped.unsupported;
      if (reader.openSignals(0) > 0) {
        writer.addRequest(reader.take(0).bytes, {
          message: MESSAGE,
          compression: "snappy",
          uncompressedBytesMax: BATCH_BYTES_MAX,
          cutoffMs: fromMs,
          latestMs: toMs - 1,
        });
      }
      const isFull = writer.signals >= SIGNALS_MAX;
      if (isFull || (isThrough && writer.signals > 0)) yield writer.encodeParts(this.#partitions);
    }
  }

  #makeCutter(): { readonly reader: BatchReader; readonly writer: BatchWriter } {
    const { kernel, decompressZstd } = this.#dependencies;
    const reader = kernel.createReader({
      shards: 1,
      requestSignalsMax: SIGNALS_MAX,
      externalLabels: {},
      uncompressedBytesMax: BATCH_BYTES_MAX,
      message: MESSAGE,
      sends: { histograms: true, exemplars: true, metadata: this.#partitions > 1 },
      metadataCacheSize: 0,
      decompressZstd,
    });
    return { reader, writer: kernel.createWriter({ keptBytesMax: 0 }) };
  }
}
