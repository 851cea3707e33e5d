import type { QueueOptions } from "../../src/options.ts";
import { MemoryPlatform, type VirtualClock } from "../../src/testing/memory.ts";
import { Dice } from "../simulation/dice.ts";
import { StreamHost } from "./host.ts";
import { Model } from "./model.ts";
import { Receiver } from "./receiver.ts";
import { Servers } from "./servers.ts";
import type { Tally } from "./tally.ts";

/** How long anything that was called may take, in the queue's time. */
const CALL_MS_MAX = 20 * 60_000;

/** All that a schedule is about: hosts, servers, receivers, and what is known of them. */
export class World {
  readonly dice: Dice;
  readonly model: Model = new Model();
  readonly tally: Tally;
  readonly time: VirtualClock;
  readonly servers: Servers;
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly hosts: readonly StreamHost[];
  readonly trace: string[] = [];
  options: QueueOptions;
  /**
   * The servers of this schedule lose what they have acknowledged. It is no matter of dice: what
   * other seeds do stays as it is.
   */
  readonly breaksPromises: boolean;
  readonly #partitions: number;
  /** What is new may go first in this schedule. */
  readonly #isFreshFirst: boolean;

  constructor(seed: number, tally: Tally) {
    this.dice = new Dice(seed);
    this.breaksPromises = seed % 7 === 5 || seed % 7 === 0;
    this.tally = tally;
    const first = new MemoryPlatform({ seed });
    this.time = first.time;
    const { dice, time, model } = this;
    this.#partitions = dice.pick([1, 3, 4]);
    this.#isFreshFirst = dice.chance(0.25);
    const isOrdered = !this.#isFreshFirst;
    this.servers = new Servers(dice, time, tally);
    this.receivers = new Map(
      ["one", "two"].map((
        name,
      ) => [name, new Receiver(name, { model, dice, time, tally, isOrdered })]),
    );
    this.hosts = ["a", "b", "c"].map((name) =>
      new StreamHost(name, this, new MemoryPlatform({ seed }, first))
    );
    this.options = this.randomOptions();
  }

  note(what: string): void {
    this.trace.push(`${this.time.monotonicMs()} ms  ${what}`);
  }

  /** What has not arrived everywhere may be lost by the servers: what comes after it may not. */
  excuse(): void {
    const receivers = [...this.receivers.values()];
    this.model.excuse((row) => receivers.every((one) => one.has(row)));
    this.tally.lossesOfServers++;
  }

  /** Lets time pass until a call has its outcome, which is returned: also an error. */
  async finish<Result>(what: string, call: Promise<Result>): Promise<Result | unknown> {
    let outcome: Result | unknown;
    let isSettled = false;
    const settle = (value: unknown): void => {
      outcome = value;
      isSettled = true;
    };
    call.then(settle, settle);
    if (!await this.time.advanceUntil(() => isSettled, CALL_MS_MAX)) {
      this.model.violate(`${what}: hangs`);
    }
    return outcome;
  }

  randomOptions(): QueueOptions {
    const { dice } = this;
    const endpoint = (name: string) => ({
      name,
      url: `http://${name}/write`,
      batchCount: dice.pick([1, 5, 1000]),
      flushInterval: dice.pick(["10ms", "1s"]),
      parallelism: dice.between(1, 3),
      writeTimeout: dice.pick(["1s", "30s"]),
      retryBackoff: dice.pick(["10ms", "1s"]),
      ...(this.#isFreshFirst && { sendOrder: "fresh_first" as const, freshFirstAfter: "1s" }),
    });
    return {
      dataPath: "/data",
      ttl: "1000d",
      store: { url: "nats://memory/walq", partitions: this.#partitions },
      persistence: {
        maxSignalsToBatch: dice.pick([3, 10, 1000]),
        batchInterval: dice.pick(["100ms", "5s"]),
        groupCommitInterval: dice.pick(["1ms", "20ms"]),
      },
      endpoints: [endpoint("one"), endpoint("two")],
    };
  }
}
