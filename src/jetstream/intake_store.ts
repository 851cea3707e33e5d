import type { BatchId, BatchSink, StagedBatch, StorableBatch } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { StreamIntake } from "./intake.ts";

/**
 * Where what comes in goes: into the stream, once for all endpoints, whoever sends it. Batches
 * of one partition are published one after the other, and those of others beside them.
 */
export class IntakeStore implements BatchSink {
  readonly #intake: StreamIntake;
  readonly #onFailure: (message: string) => void;
  /** The last one that was begun in each partition. */
  readonly #turns = new Map<number, Promise<unknown>>();

  /** @param onFailure told when one was not stored */
  constructor(intake: StreamIntake, onFailure: (message: string) => void) {
    this.#intake = intake;
    this.#onFailure = onFailure;
  }

  // deno-lint-ignore require-await -- what is thrown is a rejection
  async stage(storable: StorableBatch): Promise<StagedBatch> {
    this.#intake.prepare(storable);
    return { commit: () => this.append(storable), discard: () => Promise.resolve() };
  }

  append(storable: StorableBatch): Promise<BatchId> {
    const { partition = 0 } = storable;
    const before = this.#turns.get(partition) ?? Promise.resolve();
    const stored = before.catch(() => {}).then(() => this.#publish(storable));
    this.#turns.set(partition, stored);
    return stored;
  }

  async #publish(storable: StorableBatch): Promise<BatchId> {
    try {
      storable.id ??= (await this.#intake.publish(storable)).seq;
      return storable.id;
    } catch (error) {
      this.#onFailure(messageOf(error));
      throw error;
    }
  }
}
