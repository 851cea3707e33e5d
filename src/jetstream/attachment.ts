import type { Clock, Logger, StreamHead, StreamLog, StreamSeq } from "../contracts.ts";
import type { Behind } from "./behind.ts";
import { givenAgainIn } from "./given_again.ts";
import type { HeldPartition } from "./held_partition.ts";
import type { StreamSubjects } from "./subjects.ts";

/** What an {@link Attachment} works with. */
interface AttachmentDependencies {
  readonly endpoint: string;
  readonly log: StreamLog;
  readonly subjects: StreamSubjects;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Of all that are tried one after the other. */
  readonly behind: Behind;
}

/** The partitions that an endpoint is sent from, from where on each, and by which lease. */
export class Attachment {
  readonly #of: AttachmentDependencies;
  readonly held: readonly HeldPartition[];
  /** Which stream of its name it is. */
  readonly created: string;
  /** What was there before has no larger number. */
  readonly lastSeq: StreamSeq;
  /** From where on the servers have lost what the endpoint was through with, as was found now. */
  readonly lostFrom: StreamSeq | undefined;
  /** From where on each partition is this process's to send. */
  readonly #begun = new Map<number, StreamSeq>();
  /** The lease of each, as it was. */
  readonly #terms: readonly (readonly [HeldPartition, number])[];

  private constructor(
    of: AttachmentDependencies,
    held: readonly HeldPartition[],
    { created, lastSeq }: { readonly created: string; readonly lastSeq: StreamSeq },
    end: StreamSeq,
  ) {
    this.#of = of;
    this.held = held;
    this.created = created;
    this.lastSeq = lastSeq;
    this.#terms = held.map((one) => [one, one.ownership.term]);
    if (this.#beyond(end + 1).length > 0) {
      this.lostFrom = end + 1;
      const fields = { seq: this.lostFrom };
      of.logger.error("the servers have lost messages that they had acknowledged", fields);
      this.wentBack(this.lostFrom);
    }
    for (const { partition, ownership } of held) {
      const cursor = ownership.cursor(of.endpoint) ?? 0;
      ownership.settled(of.endpoint, cursor);
      this.#begun.set(partition, cursor);
    }
  }

  /** @throws {StreamError} when it cannot be told now how far the endpoint has come. */
  static async begin(
    held: readonly HeldPartition[],
    of: AttachmentDependencies,
  ): Promise<Attachment> {
    const askedAtMs = of.clock.monotonicMs();
    const state = await of.log.state();
    for (const { ownership } of held) ownership.begin(state.created);
    const known = Math.max(...held.map(({ ownership }) => ownership.cursor(of.endpoint) ?? 0));
    of.behind.refuseAtFirst(state.lastSeq < known, state.leader, askedAtMs);
    const again = await givenAgainIn(held, of) ?? Infinity;
    return new Attachment(of, held, state, Math.min(state.lastSeq, again - 1));
  }

  /** After this number all that is the endpoint's is to come. */
  get after(): StreamSeq {
    return Math.min(...this.#begun.values());
  }

  /** Whether it is to be sent by this process. */
  has({ seq, subject }: StreamHead): boolean {
    return seq > (this.#begun.get(this.#of.subjects.partitionOf(subject)) ?? Infinity);
  }

  /** When the newest message was stored that is known of; 0 where none is. */
  get newestMs(): number {
    const { endpoint } = this.#of;
    return Math.max(0, ...this.held.map(({ ownership }) => ownership.newestMs(endpoint) ?? 0));
  }

  /** From where on numbers were given again of which the endpoint is through. @throws {StreamError} */
  async givenAgain(): Promise<StreamSeq | undefined> {
    return await givenAgainIn(this.held, this.#of);
  }

  /** From this number on nothing is through: the servers have lost what was there, and give it again. */
  wentBack(from: StreamSeq): void {
    // Also for those whose endpoint is another process's, or nobody's now.
    for (const { ownership } of this.held) {
      for (const name of ownership.endpoints) {
        if (ownership.cursor(name)! >= from) ownership.settled(name, from - 1);
      }
    }
  }

  /**
   * Whether all of it is this process's still. Which partition a message was in that is gone
   * cannot be told, so all are asked about. @throws {StreamError} when that cannot be told.
   */
  async isStillOwn(): Promise<boolean> {
    const all = this.#terms.map(([{ ownership }, term]) => ownership.isStill(term));
    return all.length > 0 && (await Promise.all(all)).every((isSo) => isSo);
  }

  /** Where the endpoint is through with this number. */
  #beyond(seq: StreamSeq): readonly HeldPartition[] {
    const { endpoint } = this.#of;
    return this.held.filter(({ ownership }) => (ownership.cursor(endpoint) ?? 0) >= seq);
  }
}
