/** The subjects of a stream: `<stream>.<partition>.<what>`, and what all partitions have together. */
export class StreamSubjects {
  readonly #stream: string;

  constructor(stream: string) {
    this.#stream = stream;
  }

  /** The batches of one partition. */
  batches(partition: number): string {
    return this.#of(partition, "batches");
  }

  /** What does not go into one message. */
  pieces(partition: number): string {
    return this.#of(partition, "pieces");
  }

  /** The batches of all partitions. */
  get allBatches(): string {
    return `${this.#stream}.*.batches`;
  }

  /** What could not be read, and was set aside, of whichever partition. */
  get aside(): string {
    return `${this.#stream}.aside`;
  }

  /** The partition of a subject that has one. */
  partitionOf(subject: string): number {
    return Number(subject.slice(this.#stream.length + 1).split(".")[0]);
  }

  #of(partition: number, what: string): string {
    return `${this.#stream}.${partition}.${what}`;
  }
}

/** The record of a partition. */
export function recordNameOf(partition: number): string {
  return `partition_${partition}`;
}
