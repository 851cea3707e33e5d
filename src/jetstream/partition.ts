import type {
  EncodedBatch,
  Published,
  Random,
  SentAgain,
  StorableBatch,
  StreamLog,
  StreamSeq,
} from "../contracts.ts";
import { type BatchSubjects, outgoing, type OutgoingBatch } from "./messages.ts";

/** The subjects of a partition, below those of its stream: `<stream>.<partition>.<what>`. */
export interface PartitionSubjects extends BatchSubjects {
  /** What could not be read, and was set aside. */
  readonly aside: string;
}

/** The subjects of a partition. */
export function subjectsOf(stream: string, partition: number): PartitionSubjects {
  const of = (what: string): string => `${stream}.${partition}.${what}`;
  return { batches: of("batches"), pieces: of("pieces"), aside: of("aside") };
}

/** The record of a partition. */
export function recordNameOf(partition: number): string {
  return `partition_${partition}`;
}

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

/** Batches of this process that are remembered until they are met in the stream: as many as are on their way. */
const OWN_MAX = 64;

/** What comes in for a partition, whoever sends it. */
export class PartitionIntake {
  readonly subjects: PartitionSubjects;
  readonly #log: StreamLog;
  readonly #random: Random;
  /** What was made of a batch: when it is published again it must be the same. */
  readonly #made = new WeakMap<StorableBatch, OutgoingBatch>();
  readonly #own = new Map<string, OwnBatch>();

  constructor(log: StreamLog, subjects: PartitionSubjects, random: Random) {
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
   * Resolves when the stream has stored it.
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
    this.#own.delete(id);
    this.#own.set(id, { batch, again });
    const [oldest] = this.#own.keys();
    if (this.#own.size > OWN_MAX) this.#own.delete(oldest!);
  }
}
