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
import { atOnce } from "../actor/at_once.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { assert } from "../assert.ts";
import { messageOf, WalqError } from "../errors.ts";
import { isDamage } from "./is_damage.ts";
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
import { RejectedPart } from "./rejected_part.ts";
import { RejectedSender, type SendRequests, type SentRequests } from "./rejected_sender.ts";
import { UnreadRequests } from "./unread_requests.ts";
import { WriteAllowance } from "./write_allowance.ts";

/** So many are kept at most, however small they are: each is a file, and known in memory. */
const REJECTED_FILES_MAX = 10_000;
const LOOK_INTERVAL_MS = 3_600_000;
/** Where the clock was set back by more, the time that it says counts. */
const BEHIND_MS_MAX = 60_000;
/** So many files are read at once, and of so many bytes together, if they are more than one. */
const READS_AT_ONCE = 16;
const READ_BYTES_AT_ONCE = 1024 * 1024;

/** What came of a part of those that are to be sent again. */
interface SentPart extends SentRequests {
  /** So many of the ids it is about. */
  readonly through: number;
  /** Ids of those that were set aside, or are gone. */
  readonly damaged: readonly string[];
}

/** What is in `rejected/`, by ids. */
interface RejectedIds {
  /** The oldest first. */
  readonly known: readonly string[];
  /** Those that the disk does not read. */
  readonly unread: readonly string[];
  /** Those that were set aside, or are gone, since the start, and nobody was told of. */
  readonly damaged: readonly string[];
}

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
  readonly #sender: RejectedSender;
  #rules: RejectedRules;
  readonly #unread: UnreadRequests;
  /** Ids of those that are damaged, or gone, of which no outcome has told yet. */
  readonly #untold = new Set<string>();
  #kept = 0;
  /** The time of the last one that was kept. */
  #lastMs = -Infinity;
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
    this.#sender = new RejectedSender({
      directory: this.#directory,
      giveUp: (id, error) => this.#giveUp(id, error),
      onRemoved: (id) => this.#removedSent(id),
    });
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
      return await this.#headsOf(this.#index.ids());
    });
  }

  /** @throws {FileSystemError} */
  ids(): Promise<RejectedIds> {
    return this.#turns.run(async () => {
      await this.#readAll();
      return {
        known: this.#index.ids(),
        unread: this.#unread.ids(),
        damaged: [...this.#untold],
      };
    });
  }

  /** Somebody was told that these are damaged: no later outcome tells it again. */
  told(damaged: Iterable<string>): void {
    for (const id of damaged) this.#untold.delete(id);
  }

  /**
   * Gives the first of these to be sent again, as many as go together, and removes them when
   * that has resolved: they are durable then where they are sent from. One that it refuses as
   * `CORRUPT` is set aside, and one that the disk does not read is passed over.
   *
   * @throws {FileSystemError} or what else `send` throws: what was sent before is through.
   * @throws {WalqError} `CLOSED`
   */
  sendSome(ids: readonly string[], send: SendRequests): Promise<SentPart> {
    return this.#turns.run(async () => {
      if (this.#isClosed) throw new WalqError("CLOSED", "Cannot send again: the queue is closed");
      const part = new RejectedPart();
      const damaged: string[] = [];
      let through = 0;
      while (part.isOpen && through < ids.length) {
        for (const { id, request } of await this.#readNext(ids, through, damaged)) {
          if (request !== undefined && !part.take(id, request)) break;
          through++;
        }
      }
      return { through, damaged, ...await this.#sender.send(part.kept, send, damaged) };
    });
  }

  /**
   * @param asked those that were asked for; all where it is undefined
   * @param sent how many others were sent again
   * @throws {FileSystemError} where some of them were passed over, as the disk does not read them
   */
  refuseUnread(asked: readonly string[] | undefined, sent: number): void {
    this.#unread.refuseIfAny(asked && new Set(asked), sent);
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
    const nowMs = this.#nextMs(Math.floor(clock.nowMs()));
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

  /** No two have one time: it is by that that they are in their order when they are read back. */
  #nextMs(nowMs: number): number {
    const isBehind = nowMs <= this.#lastMs && this.#lastMs - nowMs < BEHIND_MS_MAX;
    return this.#lastMs = isBehind ? this.#lastMs + 1 : nowMs;
  }

  /** Those from this place on that are read at once; of one that is not there, or not to be sent, the id alone. */
  async #readNext(
    ids: readonly string[],
    from: number,
    damaged: string[],
  ): Promise<{ readonly id: string; readonly request: KeptRequest | undefined }[]> {
    let to = from;
    for (let bytes = 0; to < ids.length && to < from + READS_AT_ONCE; to++) {
      bytes += this.#index.get(ids[to]!)?.bytes ?? 0;
      if (bytes > READ_BYTES_AT_ONCE && to > from) break;
    }
    return await atOnce(ids.slice(from, to), READS_AT_ONCE, async (id) => {
      // It may have been removed since it was listed.
      const request = this.#index.get(id) && await this.#readOne(id, damaged);
      return { id, request };
    });
  }

  async #readOne(id: string, damaged: string[]): Promise<KeptRequest | undefined> {
    const { files, checksumOf } = this.#options;
    const path = this.#directory.pathOf(id);
    const request = await this.#orPassOver(id, () => readRejected(files, path, checksumOf));
    if (request === undefined && this.#index.get(id) === undefined) damaged.push(id);
    return request;
  }

  #removedSent(id: string): void {
    const entry = this.#index.get(id);
    assert(entry !== undefined, "what was sent again is not known");
    this.#index.delete(id);
    // Refused once more it is to be kept once more, however soon that is.
    this.#allowance.giveBack(this.#shareOf(entry.bytes));
    this.#sentAgain += entry.refused;
  }

  /** How much of what may be written a file of so many bytes is. */
  #shareOf(bytes: number): number {
    return Math.max(bytes / this.#rules.bytesMax, 1 / this.#filesMax);
  }

  get #isOff(): boolean {
    return this.#rules.bytesMax === 0 || this.#rules.ageMsMax === 0;
  }

  async #headsOf(ids: readonly string[]): Promise<RejectedRequest[]> {
    const { files, endpoint } = this.#options;
    const head = (id: string): Promise<RejectedRequest> =>
      readRejectedHead(files, this.#directory.pathOf(id), { endpoint, id });
    const found = await atOnce(
      ids,
      READS_AT_ONCE,
      (id) => this.#orPassOver(id, () => head(id)),
    );
    return found.filter((one) => one !== undefined);
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
    this.#untold.add(id);
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
    const entries = await this.#headsOf(ids);
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
