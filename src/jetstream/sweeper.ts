import type { Clock, Logger, StreamLog } from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { sleep } from "../actor/sleep.ts";
import { messageOf, StreamError } from "../errors.ts";
import type { HeldPartition } from "./held_partition.ts";
import { removeStrayPieces } from "./stray_pieces.ts";
import type { StreamSubjects } from "./subjects.ts";

const EVERY_MS = 3_600_000;

/** What a {@link Sweeper} works with. */
interface SweeperDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subjects: StreamSubjects;
  readonly held: () => readonly HeldPartition[];
}

/** Deletes pieces whose batch never came, now and then, in the partitions of this process. */
export class Sweeper {
  readonly #of: SweeperDependencies;
  readonly #actor: Actor;

  constructor(dependencies: SweeperDependencies) {
    this.#of = dependencies;
    const { clock, logger } = dependencies;
    this.#actor = new Actor(async (signal) => {
      while (await sleep(clock, EVERY_MS, signal)) await this.#sweep();
    }, (error) => logger.error("removing stray pieces failed", { error: messageOf(error) }));
  }

  start(): void {
    this.#actor.start();
  }

  async stop(): Promise<void> {
    await this.#actor.stop();
  }

  async #sweep(): Promise<void> {
    const { held, logger } = this.#of;
    for (const { partition, ownership } of held()) {
      try {
        const pieces = await removeStrayPieces(
          { ...this.#of, partition },
          ownership.leastCursor + 1,
        );
        if (pieces > 0) logger.info("stray pieces were removed", { partition, pieces });
      } catch (error) {
        // The next time comes.
        if (!(error instanceof StreamError)) throw error;
      }
    }
  }
}
