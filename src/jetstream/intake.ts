import type {
  EncodedBatch,
  Published,
  Random,
  SentAgain,
  StorableBatch,
  StreamLog,
  StreamSeq,
} from "../contracts.ts";
import { outgoing, type OutgoingBatch } from "./messages.ts";
import type { StreamSubjects } from "./subjects.ts";

/** A batch that the stream has stored. */
export interface PublishedBatch extends Published {
  /** Bytes of the batch. */
  readonly bytes: number;
}

/** A batch that this process has published. */
export interface OwnBatch {
  readonly batch: EncodedBatch;
  readonly again: SentAgain | undefined;
}

/**
 * Batches of this process that are remembered until they are met in the stream: as many as
 * are on their way, each in as many parts as there may be partitions.
 */
const OWN_MAX = 1024;
/** They are let go of when they are more bytes than this, as what is read again costs time alone. */
const OWN_BYTES_MAX = 4 * 1024 * 1024;

/** What comes in for a stream, whoever sends it. */
export class StreamIntake {
  readonly subjects: StreamSubjects;
  readonly #log: StreamLog;
  readonly #random: Random;
  /** What was made of a batch: when it is published again it must be the same. */
  readonly #made = new WeakMap<StorableBatch, OutgoingBatch>();
  readonly #own = new Map<string, OwnBatch>();
  #ownBytes = 0;

  constructor(log: StreamLog, subjects: StreamSubjects, random: Random) {
    this.#log = log;
    this.subjects = subjects;
    this.#random = random;
  }

  /** Makes the messages of a batch ahead. @throws {WalqError} `TOO_LARGE` */
  prepare(storable: StorableBatch, only?: string): OutgoingBatch {
    let made = this.#made.get(storable);
    if (made === undefined) {
      made = outgoing(storable, {
        messageBytesMax: this.#log.messageBytesMax,
        subjects: this.subjects,
        only,
        nonce: storable.again && `${this.#random()}.${this.#random()}`,
      });
      this.#made.set(storable, made);
    }
    return made;
  }

  /** The batch of a message, if this process has published it a moment ago. @param id that of the message */
  own(id: string): OwnBatch | undefined {
    return this.#own.get(id);
  }

  /**
   * Resolves when the stream has stored it, in the partition that it says.
   *
   * @param only the endpoint that alone is to get it
   * @throws {StreamError} when it has not, or that is not known: published again the same is stored once.
   */
  async publish(storable: StorableBatch, only?: string): Promise<PublishedBatch> {
    const made = this.prepare(storable, only);
    // Before: whoever reads the stream may meet it sooner than this is told that it is there.
    this.#remember(made.id, storable);
    const pieces: StreamSeq[] = [];
    for (const piece of made.pieces) pieces.push((await this.#log.publish(piece)).seq);
    return { ...await this.#log.publish(made.last(pieces)), bytes: made.bytes };
  }

  #remember(id: string, { batch, again }: StorableBatch): void {
    const before = this.#own.get(id);
    if (before !== undefined) this.#forget(id, before);
    this.#own.set(id, { batch, again });
    this.#ownBytes += batch.data.length;
    for (const [oldest, own] of this.#own) {
      const isOver = this.#own.size > OWN_MAX || this.#ownBytes > OWN_BYTES_MAX;
      if (!isOver || oldest === id) break;
      this.#forget(oldest, own);
    }
  }

  #forget(id: string, { batch }: OwnBatch): void {
    this.#own.delete(id);
    this.#ownBytes -= batch.data.length;
  }
}
