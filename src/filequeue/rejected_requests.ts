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
import { RejectedLosses } from "./rejected_losses.ts";
import { UnreadRequests } from "./unread_requests.ts";
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
  readonly #losses: RejectedLosses;
  #rules: RejectedRules;
  readonly #unread: UnreadRequests;
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
    this.#unread = new UnreadRequests(options.clock, options.logger);
    this.#losses = new RejectedLosses(options.clock, options.logger);
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
      lost: this.#losses.totals,
      sentAgain: this.#sentAgain,
    };
  }

  /** One after the other: each goes by what the others take. */
  readonly keep: KeepRefused = (request) =>
    this.#turns.run(async () => {
      try {
        await this.#keep(request);
      } catch (error) {
        this.#losses.count("storage", request.refused, { error: messageOf(error) });
      }
    });

  /** The oldest first. @throws {FileSystemError} */
  list(): Promise<RejectedRequest[]> {
    return this.#turns.run(async () => {
      await this.#readAll();
      const all: RejectedRequest[] = [];
      for (const id of this.#index.ids()) {
        const found = await this.#orPassOver(id, () => this.#headOf(id));
        if (found !== undefined) all.push(found);
      }
      return all;
    });
  }

  /**
   * Gives these, or all, to be sent again, the oldest first, and removes each when that has
   * resolved: it is durable then where it is sent from. One that it refuses as `CORRUPT` is
   * set aside, and one that the disk does not read is passed over.
   *
   * @throws {FileSystemError} when one was passed over: all others are through. Or what else
   * `send` throws: those before are through.
   * @throws {WalqError} `CLOSED`
   */
  async sendAgain(
    ids: readonly string[] | undefined,
    send: (request: KeptRequest) => Promise<number>,
  ): Promise<{ requests: number; signals: number }> {
    const wanted = ids && new Set(ids);
    const all = await this.#turns.run(async () => {
      await this.#readAll();
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
    this.#unread.refuseIfAny(wanted, sum.requests);
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
    if (this.#isOff) return this.#losses.count("off", refused);
    const { checksumOf, endpoint, clock } = this.#options;
    const checksum = checksumOf(body.bytes);
    const nowMs = Math.floor(clock.nowMs());
    const { id, bytes, parts } = encodeRejected(request, { endpoint, nowMs, checksum });
    if (bytes > bytesMax) return this.#losses.count("bytes", refused, { bytes });
    await this.#read();
    const before = this.#index.get(id);
    if (!this.#allowance.take(this.#shareOf(bytes))) {
      if (before === undefined) this.#losses.count("storm", refused);
      else this.#kept += refused;
      return;
    }
    const entry = { id, bytes, refused, rejectedAtMs: nowMs };
    // As the newest it is not what makes room for itself.
    if (before !== undefined) this.#index.put({ ...before, rejectedAtMs: nowMs });
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
    const request = await this.#orPassOver(id, () => readRejected(files, path, checksumOf));
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
    // Refused once more it is to be kept once more, however soon that is.
    this.#allowance.giveBack(this.#shareOf(entry.bytes));
    this.#sentAgain += entry.refused;
    return signals;
  }

  /** How much of what may be written a file of so many bytes is. */
  #shareOf(bytes: number): number {
    return Math.max(bytes / this.#rules.bytesMax, 1 / this.#filesMax);
  }

  get #isOff(): boolean {
    return this.#rules.bytesMax === 0 || this.#rules.ageMsMax === 0;
  }

  #headOf(id: string): Promise<RejectedRequest> {
    const { files, endpoint } = this.#options;
    return readRejectedHead(files, this.#directory.pathOf(id), { endpoint, id });
  }

  /** Undefined for a file that is none of ours any more, as it is damaged or gone, and for one that the disk does not read, which stays. */
  async #orPassOver<Result>(id: string, read: () => Promise<Result>): Promise<Result | undefined> {
    this.#unread.delete(id);
    try {
      return await read();
    } catch (error) {
      if (this.#unread.takes(id, error)) return undefined;
      if (!isDamage(error) && !isNotFound(error)) throw error;
      await this.#giveUp(id, error);
      return undefined;
    }
  }

  async #giveUp(id: string, error: unknown): Promise<void> {
    const refused = this.#index.get(id)?.refused ?? 0;
    if (isDamage(error)) await this.#directory.setAside(id, error.message);
    this.#index.delete(id);
    this.#losses.count("corrupt", refused, { id, error: messageOf(error) });
  }

  /** What was there at the start, the oldest first. */
  async #read(): Promise<void> {
    if (this.#isRead) return;
    await this.#learn(await this.#directory.list());
    this.#isRead = true;
  }

  /** What could not be read before is tried again. */
  async #readAll(): Promise<void> {
    await this.#read();
    await this.#learn(this.#unread.ids().filter((id) => this.#index.get(id) === undefined));
  }

  async #learn(ids: readonly string[]): Promise<void> {
    const entries: RejectedEntry[] = [];
    for (const id of ids) {
      const found = await this.#orPassOver(id, () => this.#headOf(id));
      if (found !== undefined) entries.push(found);
    }
    entries.sort((a, b) => a.rejectedAtMs - b.rejectedAtMs);
    for (const { id, bytes, refused, rejectedAtMs } of entries) {
      this.#index.put({ id, bytes, refused, rejectedAtMs });
    }
  }

  /** Applies the bounds also when nothing is refused. */
  async #look(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.#readAll();
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
    // What is there under the same name is replaced.
    const replaced = next && this.#index.get(next.id);
    const moreFiles = next === undefined || replaced !== undefined ? 0 : 1;
    const moreBytes = (next?.bytes ?? 0) - (replaced?.bytes ?? 0);
    const cutoffMs = this.#isOff ? Infinity : this.#options.age.cutoffMs(ageMsMax);
    const removed = new Map<RejectedLoss, number>();
    for (let oldest = this.#index.oldest; oldest !== undefined; oldest = this.#index.oldest) {
      const bytes = this.#index.bytes + moreBytes;
      const loss = oldest.rejectedAtMs < cutoffMs
        ? "age"
        : bytes > bytesMax
        ? "bytes"
        : this.#index.files + moreFiles > this.#filesMax
        ? "files"
        : undefined;
      if (loss === undefined) break;
      await this.#directory.remove(oldest.id);
      this.#index.delete(oldest.id);
      removed.set(loss, (removed.get(loss) ?? 0) + oldest.refused);
    }
    for (const [loss, signals] of removed) this.#losses.count(loss, signals);
  }
}

/** It is the file, and no other one is to be tried in its place. */
function isDamage(error: unknown): error is WalqError {
  const codes: readonly string[] = ["CORRUPT", "UNSUPPORTED_FORMAT"];
  return error instanceof WalqError && codes.includes(error.code);
}
