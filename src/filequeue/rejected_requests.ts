import type {
  AgeJudge,
  CancelTimer,
  Clock,
  FileSystem,
  KeepRefused,
  Logger,
  Random,
  RefusedRequest,
  RejectedLoss,
  RejectedRequest,
  RejectedRules,
  RejectedTotals,
} from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { messageOf, WalqError } from "../errors.ts";
import { isNotFound } from "./not_found.ts";
import {
  encodeRejected,
  type KeptRequest,
  readRejected,
  readRejectedHead,
} from "./rejected_file.ts";
import { RejectedDirectory } from "./rejected_directory.ts";
import { type RejectedEntry, RejectedIndex } from "./rejected_index.ts";
import { WriteAllowance } from "./write_allowance.ts";

/** So many are kept at most, however small they are: each is a file, and known in memory. */
const REJECTED_FILES_MAX = 10_000;
const LOOK_INTERVAL_MS = 3_600_000;

/** What {@link RejectedRequests} are made of. */
interface RejectedOptions {
  /** The endpoint's name. */
  readonly endpoint: string;
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** See {@link FileQueueOptions.isOwner}. */
  readonly isOwner: () => Promise<boolean>;
  readonly checksumOf: (bytes: Uint8Array) => string;
  /** By which time they grow old. */
  readonly age: AgeJudge;
  readonly rules: RejectedRules;
  /** @default REJECTED_FILES_MAX */
  readonly filesMax?: number;
}

const LOSSES: Readonly<Record<Exclude<RejectedLoss, "off">, string>> = {
  storage: "a refused request cannot be written to rejected/: it is lost",
  storm: "more is refused than rejected/ is written with: a refused request is lost",
  bytes: "the oldest refused requests are removed: rejected/ has its bytes",
  files: "the oldest refused requests are removed: rejected/ has its files",
  age: "refused requests are removed: they are older than is kept",
  corrupt: "a refused request is damaged: it is set aside in quarantine",
};

/**
 * The requests that an endpoint has refused for good, one file each in `rejected/`, within
 * bounds. A name is made of the content: what is refused again after a crash is there once.
 */
export class RejectedRequests {
  readonly #options: RejectedOptions;
  readonly #directory: RejectedDirectory;
  readonly #index = new RejectedIndex();
  readonly #allowance: WriteAllowance;
  readonly #filesMax: number;
  readonly #turns = new SerialExecutor();
  readonly #logs = new Map<RejectedLoss, LogLimiter>();
  readonly #lost = { off: 0, storage: 0, storm: 0, bytes: 0, files: 0, age: 0, corrupt: 0 };
  #rules: RejectedRules;
  #kept = 0;
  #sentAgain = 0;
  /** What the directory held is known. */
  #isRead = false;
  #cancelLook: CancelTimer | undefined;
  #isClosed = false;

  constructor(options: RejectedOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#filesMax = options.filesMax ?? REJECTED_FILES_MAX;
    this.#directory = new RejectedDirectory(options);
    this.#allowance = new WriteAllowance(options.clock);
  }

  /** Looks in the background at what the runs before have left. */
  start(): void {
    void this.#turns.run(() => this.#look());
  }

  configure(rules: RejectedRules): void {
    this.#rules = rules;
    this.start();
  }

  totals(): RejectedTotals {
    return {
      files: this.#index.files,
      bytes: this.#index.bytes,
      kept: this.#kept,
      lost: { ...this.#lost },
      sentAgain: this.#sentAgain,
    };
  }

  /** One after the other: each goes by what the others take. */
  readonly keep: KeepRefused = (request) =>
    this.#turns.run(async () => {
      try {
        await this.#keep(request);
      } catch (error) {
        this.#lose("storage", request.refused, { error: messageOf(error) });
      }
    });

  /** The oldest first. @throws {FileSystemError} */
  list(): Promise<RejectedRequest[]> {
    return this.#turns.run(async () => {
      await this.#read();
      const all: RejectedRequest[] = [];
      for (const id of this.#index.ids()) {
        const found = await this.#orSetAside(id, () => this.#headOf(id));
        if (found !== undefined) all.push(found);
      }
      return all;
    });
  }

  /**
   * Gives these, or all, to be sent again, the oldest first, and removes each when that has
   * resolved: it is durable then where it is sent from. One that it refuses as `CORRUPT` is
   * set aside.
   *
   * @throws {FileSystemError} or what else `send` throws; those before are through.
   * @throws {WalqError} `CLOSED`
   */
  async sendAgain(
    ids: readonly string[] | undefined,
    send: (request: KeptRequest) => Promise<number>,
  ): Promise<{ requests: number; signals: number }> {
    const wanted = ids && new Set(ids);
    const all = await this.#turns.run(async () => {
      await this.#read();
      return this.#index.ids();
    });
    const sum = { requests: 0, signals: 0 };
    try {
      for (const id of all) {
        if (wanted !== undefined && !wanted.has(id)) continue;
        if (this.#isClosed) throw new WalqError("CLOSED", "Cannot send again: the queue is closed");
        const signals = await this.#turns.run(() => this.#sendOne(id, send));
        if (signals === undefined) continue;
        sum.requests++;
        sum.signals += signals;
      }
    } finally {
      if (sum.requests > 0) await this.#directory.sync();
    }
    return sum;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    await this.#turns.idle();
  }

  async #keep(request: RefusedRequest): Promise<void> {
    const { refused, body } = request;
    const { bytesMax } = this.#rules;
    if (this.#isOff) return this.#lose("off", refused);
    const { checksumOf, endpoint, clock } = this.#options;
    const checksum = checksumOf(body.bytes);
    const nowMs = Math.floor(clock.nowMs());
    const { id, bytes, parts } = encodeRejected(request, { endpoint, nowMs, checksum });
    if (bytes > bytesMax) return this.#lose("bytes", refused, { bytes });
    const share = Math.max(bytes / bytesMax, 1 / this.#filesMax);
    if (!this.#allowance.take(share)) return this.#lose("storm", refused);
    await this.#read();
    const entry = { id, bytes, refused, rejectedAtMs: nowMs };
    await this.#makeRoom(entry);
    // It may be there although it is not known to be durable.
    await this.#directory.write(id, parts, () => this.#index.put(entry));
    this.#kept += refused;
    this.#lookLater();
  }

  async #sendOne(
    id: string,
    send: (request: KeptRequest) => Promise<number>,
  ): Promise<number | undefined> {
    // Removed, or refused again, since it was listed.
    const entry = this.#index.get(id);
    if (entry === undefined) return undefined;
    const { files, checksumOf } = this.#options;
    const path = this.#directory.pathOf(id);
    const request = await this.#orSetAside(id, () => readRejected(files, path, checksumOf));
    if (request === undefined) return undefined;
    let signals: number;
    try {
      signals = await send(request);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.#giveUp(id, error);
      return undefined;
    }
    await this.#directory.remove(id);
    this.#index.delete(id);
    this.#sentAgain += entry.refused;
    return signals;
  }

  get #isOff(): boolean {
    return this.#rules.bytesMax === 0 || this.#rules.ageMsMax === 0;
  }

  #headOf(id: string): Promise<RejectedRequest> {
    const { files, endpoint } = this.#options;
    return readRejectedHead(files, this.#directory.pathOf(id), { endpoint, id });
  }

  /** Undefined for a file that is none of ours any more: it is damaged, or gone. */
  async #orSetAside<Result>(id: string, read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error) && !isNotFound(error)) throw error;
      await this.#giveUp(id, error);
      return undefined;
    }
  }

  async #giveUp(id: string, error: unknown): Promise<void> {
    const refused = this.#index.get(id)?.refused ?? 0;
    if (isDamage(error)) await this.#directory.setAside(id, error.message);
    this.#index.delete(id);
    this.#lose("corrupt", refused, { id, error: messageOf(error) });
  }

  /** What was there at the start, the oldest first. */
  async #read(): Promise<void> {
    if (this.#isRead) return;
    const entries: RejectedEntry[] = [];
    for (const id of await this.#directory.list()) {
      const found = await this.#orSetAside(id, () => this.#headOf(id));
      if (found !== undefined) entries.push(found);
    }
    entries.sort((a, b) => a.rejectedAtMs - b.rejectedAtMs);
    for (const { id, bytes, refused, rejectedAtMs } of entries) {
      this.#index.put({ id, bytes, refused, rejectedAtMs });
    }
    this.#isRead = true;
  }

  /** Applies the bounds also when nothing is refused. */
  async #look(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#read();
      await this.#makeRoom();
    } catch (error) {
      this.#options.logger.warn("cannot look after rejected/", { error: messageOf(error) });
    }
    this.#lookLater();
  }

  #lookLater(): void {
    this.#cancelLook?.();
    if (this.#isClosed || this.#index.files === 0) return;
    this.#cancelLook = this.#options.clock.after(LOOK_INTERVAL_MS, () => this.start());
  }

  async #makeRoom(next?: RejectedEntry): Promise<void> {
    const { bytesMax, ageMsMax } = this.#rules;
    const more = next === undefined ? 0 : 1;
    const cutoffMs = this.#isOff ? Infinity : this.#options.age.cutoffMs(ageMsMax);
    const removed = new Map<RejectedLoss, number>();
    for (let oldest = this.#index.oldest; oldest !== undefined; oldest = this.#index.oldest) {
      const bytes = this.#index.bytes + (next?.bytes ?? 0);
      const loss = oldest.rejectedAtMs < cutoffMs
        ? "age"
        : bytes > bytesMax
        ? "bytes"
        : this.#index.files + more > this.#filesMax
        ? "files"
        : undefined;
      if (loss === undefined) break;
      await this.#directory.remove(oldest.id);
      this.#index.delete(oldest.id);
      removed.set(loss, (removed.get(loss) ?? 0) + oldest.refused);
    }
    for (const [loss, signals] of removed) this.#lose(loss, signals);
  }

  #lose(loss: RejectedLoss, signals: number, fields: Record<string, unknown> = {}): void {
    this.#lost[loss] += signals;
    if (loss === "off") return;
    const log = this.#logs.get(loss) ?? new LogLimiter(this.#options.clock);
    this.#logs.set(loss, log);
    const hidden = log.admit();
    if (hidden === undefined) return;
    const all = { reason: loss, signals, ...fields, more_like_it: hidden || undefined };
    this.#options.logger.warn(LOSSES[loss], all);
  }
}

/** It is the file, and no other one is to be tried in its place. */
function isDamage(error: unknown): error is WalqError {
  const codes: readonly string[] = ["CORRUPT", "UNSUPPORTED_FORMAT"];
  return error instanceof WalqError && codes.includes(error.code);
}
