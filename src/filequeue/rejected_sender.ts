import { atOnce } from "../actor/at_once.ts";
import { isDamage } from "./is_damage.ts";
import type { RejectedDirectory } from "./rejected_directory.ts";
import type { KeptRequest } from "./rejected_file.ts";
import type { PartOfKept } from "./rejected_part.ts";

const REMOVALS_AT_ONCE = 16;

/** So many of the first are in the queue again. */
export interface SentRequests {
  readonly requests: number;
  readonly signals: number;
}

/**
 * Puts the first of these into the queue, at least one, durably. `CORRUPT` is about the first
 * of them; where it throws none counts as sent.
 */
export type SendRequests = (requests: readonly KeptRequest[]) => Promise<SentRequests>;

/** What a {@link RejectedSender} works with. */
interface RejectedSenderDependencies {
  readonly directory: RejectedDirectory;
  /** Sets one aside that is damaged. */
  readonly giveUp: (id: string, error: unknown) => Promise<void>;
  /** One is through. */
  readonly onRemoved: (id: string) => void;
}

/** Has refused requests sent again, and removes them then, and not before. */
export class RejectedSender {
  readonly #dependencies: RejectedSenderDependencies;

  constructor(dependencies: RejectedSenderDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param damaged gets the ids of those that are */
  async send(
    kept: readonly PartOfKept[],
    send: SendRequests,
    damaged: string[],
  ): Promise<SentRequests> {
    const sum = { requests: 0, signals: 0 };
    for (let rest = kept; rest.length > 0;) {
      const sent = await this.#sendSome(rest, send);
      if (sent === undefined) damaged.push(rest[0]!.id);
      sum.requests += sent?.requests ?? 0;
      sum.signals += sent?.signals ?? 0;
      rest = rest.slice(sent?.requests ?? 1);
    }
    return sum;
  }

  /** Undefined where the first of them is damaged, in a way that its checksum does not tell. */
  async #sendSome(
    kept: readonly PartOfKept[],
    send: SendRequests,
  ): Promise<SentRequests | undefined> {
    let sent: SentRequests;
    try {
      sent = await send(kept.map(({ request }) => request));
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.#dependencies.giveUp(kept[0]!.id, error);
      return undefined;
    }
    await this.#remove(kept.slice(0, sent.requests));
    return sent;
  }

  /** One that the disk does not remove is sent once more, and is not to take the others with it. */
  async #remove(sent: readonly PartOfKept[]): Promise<void> {
    const { directory, onRemoved } = this.#dependencies;
    const failures: unknown[] = [];
    await atOnce(sent, REMOVALS_AT_ONCE, async ({ id }) => {
      try {
        await directory.remove(id);
        onRemoved(id);
      } catch (error) {
        failures.push(error);
      }
    });
    await directory.sync();
    if (failures.length > 0) throw failures[0];
  }
}
