import type {
  PassedOver,
  RejectedRequest,
  ReplayChoice,
  ReplayedBatches,
  RetriedRequests,
  RetryChoice,
} from "../contracts.ts";
import type { SerialExecutor } from "../actor/serial_executor.ts";
import { WalqError } from "../errors.ts";
import type { Pipeline } from "../pipeline.ts";
import type { InSteps } from "../pipeline/in_steps.ts";
import { sumOfPassedOver, sumOfReplays, sumOfRetries } from "../pipeline/resent_sums.ts";

/** What {@link KeptActions} work with. */
interface KeptActionsDependencies {
  /** Changes of all pipelines, one after the other. */
  readonly changes: SerialExecutor;
  readonly isClosing: () => boolean;
  readonly isOrphan: (pipeline: Pipeline) => boolean;
  /** That of this name, or all of them. @throws {WalqError} `INVALID_OPTIONS` */
  readonly choose: (endpoint: string | undefined) => readonly Pipeline[];
}

/** What somebody does on purpose about what endpoints have refused or taken, and is kept. */
export class KeptActions {
  readonly #of: KeptActionsDependencies;

  constructor(dependencies: KeptActionsDependencies) {
    this.#of = dependencies;
  }

  /**
   * Sends again what these have taken and is kept.
   *
   * @throws {WalqError} as `choose` does; `STORAGE`, `CLOSED`.
   */
  async replay(
    { endpoint, fromMs, toMs, dryRun = false }: ReplayChoice,
  ): Promise<ReplayedBatches> {
    return sumOfReplays(
      await this.#inSteps(endpoint, ({ kept }) => kept.replay({ fromMs, toMs }, dryRun)),
    );
  }

  /**
   * Sends again what these have refused.
   *
   * @throws {WalqError} as `choose` does; `STORAGE`, `CLOSED`.
   */
  async retryRejected({ endpoint, ids }: RetryChoice): Promise<RetriedRequests> {
    const all = await this.#inSteps(endpoint, ({ kept }) => kept.retryRejected(ids));
    return sumOfRetries(all, ids);
  }

  /**
   * Goes through what the endpoints have, one after the other: a step is a change like all
   * others, and so others come in between. What is an endpoint no more is left where it is,
   * and one whose disk refuses, or is full, keeps no other one from its own.
   */
  async #inSteps<Sum>(
    endpoint: string | undefined,
    begin: (pipeline: Pipeline) => InSteps<Sum>,
  ): Promise<Sum[]> {
    const all: Sum[] = [];
    let refusal: WalqError | undefined;
    for (const pipeline of await this.#of.changes.run(() => this.#senders(endpoint))) {
      const work = begin(pipeline);
      const step = async (): Promise<boolean> => {
        if (this.#of.isClosing()) {
          throw new WalqError("CLOSED", "Cannot send again: the queue is closed");
        }
        return this.#senders(endpoint).includes(pipeline) && await work.step();
      };
      try {
        await work.begin();
        while (await this.#of.changes.run(step));
      } catch (error) {
        if (!(error instanceof WalqError) || error.code !== "STORAGE") throw error;
        refusal ??= error;
      } finally {
        work.end();
      }
      all.push(work.sum);
    }
    if (refusal !== undefined) throw refusal;
    return all;
  }

  /**
   * The same without orphans, which take nothing: their turn to send is over when they are
   * empty. While one takes something, which is a step, no change makes an orphan of it.
   */
  #senders(endpoint: string | undefined): readonly Pipeline[] {
    const chosen = this.#of.choose(endpoint);
    const found = chosen.filter((one) => !this.#of.isOrphan(one));
    if (found.length > 0 || endpoint === undefined) return found;
    const message = `Cannot send again from "${endpoint}": got an orphan, expected an endpoint`;
    throw new WalqError("INVALID_OPTIONS", message);
  }

  /**
   * What these have refused for good and is kept, the oldest first.
   *
   * @throws {WalqError} as `choose` does; `STORAGE`.
   */
  async rejected(endpoint: string | undefined): Promise<RejectedRequest[]> {
    const all = await Promise.all(this.#of.choose(endpoint).map((one) => one.kept.rejected()));
    return all.flat().sort((a, b) => a.rejectedAtMs - b.rejectedAtMs);
  }

  /**
   * What of it is damaged, and was not told by `retryRejected` yet, or is not read by the disk.
   *
   * @throws {WalqError} as `choose` does; `STORAGE`.
   */
  async damagedRejected(endpoint: string | undefined): Promise<PassedOver> {
    return sumOfPassedOver(
      await Promise.all(this.#of.choose(endpoint).map((one) => one.kept.damagedRejected())),
    );
  }
}
