import type { HttpClient, Platform } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import type { QueueOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import type { MemoryPlatform } from "../../src/testing/memory.ts";
import type { Commit } from "./model.ts";
import { Pausable } from "./pausable_clock.ts";
import type { World } from "./world.ts";

/** A host with a process on it that takes in, and sends: it may die, be stopped, or be cut off. */
export class StreamHost {
  readonly name: string;
  readonly #world: World;
  #memory: MemoryPlatform;
  #pausable: Pausable;
  queue: Queue | undefined;
  /** Nothing comes through between it and the servers of the stream. */
  isCut = false;
  readonly unanswered: Set<Commit> = new Set();
  /** Of the process that is there now. */
  #isAlive = { value: true };

  constructor(name: string, world: World, memory: MemoryPlatform) {
    this.name = name;
    this.#world = world;
    this.#memory = memory;
    this.#pausable = new Pausable(memory.clock);
  }

  get isPaused(): boolean {
    return this.#pausable.isPaused;
  }

  pause(): void {
    this.#pausable.pause();
  }

  resume(): void {
    this.#pausable.resume();
  }

  /** Begins a process where there is none; the servers may refuse it. */
  async open(options: QueueOptions): Promise<void> {
    if (this.queue !== undefined) return;
    const { model } = this.#world;
    const alive = { value: true };
    this.#isAlive = alive;
    const opening = Queue.open(options, { platform: this.#platform(alive) });
    const opened = await this.#world.finish(`${this.name} opens`, opening);
    if (opened instanceof Queue) this.queue = opened;
    else if (!isRefusal(opened)) {
      model.violate(`${this.name} opens: ${opened}`);
    }
  }

  async close(graceMs: number): Promise<void> {
    const { queue } = this;
    if (queue === undefined) return;
    this.queue = undefined;
    const { model } = this.#world;
    const outcome = await this.#world.finish(`${this.name} closes`, queue.close({ graceMs }));
    if (outcome instanceof Error && !(outcome instanceof WalqError)) {
      model.violate(`${this.name} closes: ${outcome}`);
    }
    this.#interrupt();
    this.#isAlive.value = false;
    this.#begin("all");
  }

  /** SIGKILL. */
  kill(): void {
    this.#isAlive.value = false;
    this.queue = undefined;
    this.#interrupt();
    this.#begin("all");
  }

  #begin(survival: "all"): void {
    this.#memory = this.#memory.crash(survival);
    this.#pausable = new Pausable(this.#memory.clock);
  }

  #interrupt(): void {
    for (const commit of this.unanswered) if (commit.state === "open") commit.state = "interrupted";
    this.unanswered.clear();
  }

  #platform(alive: { value: boolean }): Platform {
    const { servers, receivers } = this.#world;
    const pausable = this.#pausable;
    const isAwake = (): boolean => alive.value && !pausable.isPaused;
    const http: HttpClient = {
      exchange: (request, signal) => {
        const receiver = receivers.get(new URL(request.url).hostname)!;
        const inner = this.#memory.http;
        inner.script = (asked, aborted) => receiver.answer(asked, this.name, isAwake, aborted);
        return pausable.seen(inner.exchange(request, signal));
      },
      close: () => Promise.resolve(),
    };
    return {
      ...this.#memory,
      clock: pausable.clock,
      http,
      openHttp: () => http,
      openStream: () => {
        const isGone = (): boolean => this.isCut || !alive.value;
        const log = servers.connect(isGone, (result) => pausable.seen(result));
        return Promise.resolve({ log, made: [], faults: [] });
      },
    };
  }
}

/** What servers that are not well may be told of who opens a queue. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof WalqError)) return false;
  return error.code === "STORAGE" || /was refused$/.test(error.message);
}
