import type {
  OutgoingMessage,
  Published,
  StreamHead,
  StreamLog,
  StreamMessage,
  StreamRecord,
  StreamSeq,
  StreamState,
} from "../contracts.ts";
import { Waiters } from "../actor/waiters.ts";
import { StreamError } from "../errors.ts";

/** What can go wrong with one call. */
export type MemoryStreamFault =
  /** It was not stored, and that is known. */
  | "refuse"
  /** It did not arrive; the caller hears nothing. */
  | "lose"
  /** It was done; the caller hears nothing. */
  | "lose_answer"
  /** There is no room. */
  | "fill";

/** The calls that can fail. */
export type MemoryStreamStep =
  | "publish"
  | "read"
  | "purge"
  | "remove"
  | "state"
  | "record"
  | "replace"
  | "heads";

/** What a {@link MemoryStream} is made of. */
export interface MemoryStreamOptions {
  /** Asked before each call. */
  readonly fault?: (step: MemoryStreamStep, subject: string) => MemoryStreamFault | undefined;
  /** How much a message has at most. @default 1 MiB */
  readonly messageBytesMax?: number;
  /** The server's clock. @default always 0 */
  readonly nowMs?: () => number;
  /** How long ids are remembered, in milliseconds. @default 120,000 */
  readonly windowMs?: number;
}

/**
 * The servers of a stream, in memory, for tests: they lose what is asked of them, or the
 * answer, tell what is stored late or twice, and keep what they have acknowledged. Each
 * process has a connection of its own, by `connect`.
 */
export class MemoryStream {
  /** See {@link MemoryStreamOptions}. */
  fault: MemoryStreamOptions["fault"];
  /** It is there no more: what is published to it has no answer, and what is asked of it is refused. */
  isDeleted = false;
  readonly #options: MemoryStreamOptions;
  readonly #messages = new Map<StreamSeq, StreamMessage>();
  readonly #ids = new Map<string, { readonly seq: StreamSeq; readonly atMs: number }>();
  readonly #records = new Map<string, StreamRecord>();
  readonly #waiters = new Waiters();
  /** Which heads are not told to who follows, as by a server that lags. */
  lags: ((head: StreamHead) => boolean) | undefined;
  #lastSeq = 0;
  #created = 1;
  #interruptions = 0;
  #revision = 0;

  /** Empty at first. */
  constructor(options: MemoryStreamOptions = {}) {
    this.#options = options;
    this.fault = options.fault;
  }

  /** Messages that are there, oldest first. */
  get messages(): readonly StreamMessage[] {
    return [...this.#messages.values()];
  }

  /** A connection to it. @param isCut nothing goes through it any more */
  connect(isCut: () => boolean = () => false): StreamLog {
    return new Connection(this, isCut, this.#options.messageBytesMax ?? 1024 * 1024);
  }

  /** For its connections. */
  store({ subject, id, headers, data }: OutgoingMessage): Published {
    const nowMs = this.#options.nowMs?.() ?? 0;
    const known = this.#ids.get(id);
    if (known !== undefined && nowMs - known.atMs <= (this.#options.windowMs ?? 120_000)) {
      return { seq: known.seq, isDuplicate: true };
    }
    const seq = ++this.#lastSeq;
    const bytes = data.length;
    const message = { subject, seq, id, headers, bytes, storedAtMs: nowMs, data: data.slice() };
    this.#messages.set(seq, message);
    this.#ids.set(id, { seq, atMs: nowMs });
    this.#waiters.changed();
    return { seq, isDuplicate: false };
  }

  /** For its connections. */
  find(seq: StreamSeq): StreamMessage | undefined {
    return this.#messages.get(seq);
  }

  /** For its connections. */
  next(subject: string, from: StreamSeq): StreamHead | undefined {
    const isIn = matcherOf(subject);
    for (const message of this.#messages.values()) {
      if (message.seq >= from && isIn(message.subject)) return message;
    }
    return undefined;
  }

  /** For its connections. */
  more(subject: string, from: StreamSeq, signal: AbortSignal): Promise<boolean> {
    const before = this.#interruptions;
    return this.#waiters.until(
      () => this.next(subject, from) !== undefined || this.#interruptions > before,
      signal,
    );
  }

  /** For its connections, and for who deletes under walq. */
  delete(subject: string, below: StreamSeq): void {
    for (const { seq, subject: of } of this.messages) {
      if (of === subject && seq < below) this.#messages.delete(seq);
    }
  }

  /** It loses all messages with larger numbers, and gives those again: as servers do that broke their promise. */
  goBack(lastSeq: StreamSeq): void {
    this.#lastSeq = lastSeq;
    for (const { seq, id } of this.messages) {
      if (seq <= lastSeq) continue;
      this.#messages.delete(seq);
      this.#ids.delete(id);
    }
  }

  /** Somebody deletes it, and makes it again: with what is there, and who follows, its numbers go. */
  makeAnew(): void {
    this.goBack(0);
    this.#created++;
    this.interrupt();
  }

  /** Who follows a subject has to begin anew. */
  interrupt(): void {
    this.#interruptions++;
    this.#waiters.changed();
  }

  /** For its connections. */
  get interruptions(): number {
    return this.#interruptions;
  }

  /** The same for one message. */
  deleteOne(seq: StreamSeq): void {
    this.#messages.delete(seq);
  }

  /** For its connections. */
  get state(): StreamState {
    const all = this.messages;
    const bytes = all.reduce((sum, message) => sum + message.bytes, 0);
    const created = String(this.#created);
    return { messages: all.length, bytes, lastSeq: this.#lastSeq, created, leader: "" };
  }

  /** For its connections. */
  record(name: string): StreamRecord | undefined {
    return this.#records.get(name);
  }

  /** For its connections. @throws {StreamError} `conflict` */
  replaceRecord(name: string, value: string, revision: StreamSeq | undefined): StreamSeq {
    if (this.#records.get(name)?.revision !== revision) {
      throw new StreamError("conflict", `the record ${name} is another one`);
    }
    this.#records.set(name, { value, revision: ++this.#revision });
    return this.#revision;
  }
}

class Connection implements StreamLog {
  readonly messageBytesMax: number;
  readonly #stream: MemoryStream;
  readonly #isCut: () => boolean;

  constructor(stream: MemoryStream, isCut: () => boolean, messageBytesMax: number) {
    this.#stream = stream;
    this.#isCut = isCut;
    this.messageBytesMax = messageBytesMax;
  }

  publish(message: OutgoingMessage): Promise<Published> {
    const { subject, data } = message;
    return this.#call("publish", subject, () => {
      if (data.length <= this.messageBytesMax) return this.#stream.store(message);
      const text = `got ${data.length} bytes, expected at most ${this.messageBytesMax}`;
      throw new StreamError("too_large", text);
    });
  }

  async *heads(subject: string, from: StreamSeq, signal: AbortSignal): AsyncIterable<StreamHead> {
    let next = from;
    const { interruptions } = this.#stream;
    while (!signal.aborted) {
      if (this.#stream.interruptions > interruptions) {
        throw new StreamError("unavailable", "the servers were restarted");
      }
      await this.#call("heads", subject, () => {});
      const head = this.#stream.next(subject, next);
      if (head === undefined) await this.#stream.more(subject, next, signal);
      else if (this.#stream.lags?.(head)) next = head.seq + 1;
      else {
        next = head.seq + 1;
        yield head;
      }
    }
  }

  async *headsNow(subject: string, from: StreamSeq): AsyncIterable<StreamHead> {
    const { lastSeq } = this.#stream.state;
    // All of them are asked for at once.
    await this.#call("heads", subject, () => {});
    for (let next = from;;) {
      const head = this.#stream.next(subject, next);
      if (head === undefined || head.seq > lastSeq) return;
      next = head.seq + 1;
      yield head;
    }
  }

  async next(subject: string, from: StreamSeq): Promise<StreamHead | undefined> {
    return await this.#call("heads", subject, () => this.#stream.next(subject, from));
  }

  read(seq: StreamSeq): Promise<StreamMessage | undefined> {
    return this.#call("read", "", () => this.#stream.find(seq));
  }

  purge(subject: string, below: StreamSeq): Promise<void> {
    return this.#call("purge", subject, () => this.#stream.delete(subject, below));
  }

  remove(seq: StreamSeq): Promise<void> {
    return this.#call("remove", "", () => this.#stream.deleteOne(seq));
  }

  state(): Promise<StreamState> {
    return this.#call("state", "", () => this.#stream.state);
  }

  record(name: string): Promise<StreamRecord | undefined> {
    return this.#call("record", name, () => this.#stream.record(name));
  }

  replaceRecord(
    name: string,
    value: string,
    revision: StreamSeq | undefined,
  ): Promise<StreamSeq> {
    return this.#call("replace", name, () => this.#stream.replaceRecord(name, value, revision));
  }

  missingRights(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  // A call takes its turn, as one over a network does.
  async #call<Result>(
    step: MemoryStreamStep,
    subject: string,
    work: () => Result,
  ): Promise<Result> {
    await Promise.resolve();
    const fault = this.#faultOf(step, subject);
    if (fault === "refuse") throw new StreamError("refused", `${step} was refused`);
    if (fault === "fill") throw new StreamError("full", "the stream has no room");
    if (fault === "lose") throw new StreamError("unavailable", `no answer to ${step}`);
    const result = work();
    if (fault === "lose_answer") throw new StreamError("unavailable", `no answer to ${step}`);
    return result;
  }

  #faultOf(step: MemoryStreamStep, subject: string): MemoryStreamFault | undefined {
    if (this.#isCut()) return "lose";
    if (this.#stream.isDeleted) return step === "publish" ? "lose" : "refuse";
    return this.#stream.fault?.(step, subject);
  }
}

/** Tells the subjects that one with wildcards stands for. */
function matcherOf(pattern: string): (subject: string) => boolean {
  if (!pattern.includes("*")) return (subject) => subject === pattern;
  const words = pattern.split(".");
  return (subject) => {
    const of = subject.split(".");
    return of.length === words.length &&
      words.every((word, at) => word === "*" || word === of[at]);
  };
}
