import type { FileSystem, HttpClient, Platform } from "../../src/contracts.ts";
import type { QueueOptions } from "../../src/options.ts";
import type { MemoryPlatform } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import type { MemoryLogger } from "../support/memory_logger.ts";
import { CountingClock } from "./counting_clock.ts";
import { MemoryProcessTable } from "../../src/testing/memory.ts";
import { listLivenessSockets } from "../support/list_liveness_sockets.ts";
import { toldFailures } from "./changed_files.ts";
import { LeaseWatch } from "./lease_watch.ts";
import type { Row } from "./model.ts";
import type { Sabotage } from "./sabotage.ts";
import type { UnreliableDisk } from "./unreliable_disk.ts";

/** What a crash leaves: some of what was not synced, nothing of it, or all of it (SIGKILL). */
export type Survival = "random" | "worst" | "all";
export const SURVIVALS: readonly Survival[] = ["random", "worst", "all"];

/** What stays when a process of the host dies. */
export interface HostDependencies {
  readonly disk: UnreliableDisk;
  readonly sabotage: Sabotage;
  readonly logger: MemoryLogger;
  readonly tap: (http: HttpClient, leases: LeaseWatch) => HttpClient;
  /** See {@link LeaseWatch}. */
  readonly onUnreadable: (path: string) => void;
  readonly onHeadless: (path: string) => void;
  readonly onRemove: (path: string) => void;
  readonly onWrite: (path: string, parts: readonly Uint8Array[]) => void;
  readonly onNamed: (path: string) => void;
  readonly onFailed: (path: string) => void;
  readonly freshFrom: (endpoint: string) => number | undefined;
  readonly rowsOf: (bytes: Uint8Array) => readonly Row[];
  readonly isExcused: (endpoint: string, row: Row) => boolean;
}

/** One process on the simulated host. */
export class Host {
  readonly memory: MemoryPlatform;
  readonly clock: CountingClock;
  readonly leases: LeaseWatch;
  readonly #dependencies: HostDependencies;
  readonly #platform: Platform;
  readonly #files: FileSystem;
  queue: Queue | undefined;

  constructor(memory: MemoryPlatform, dependencies: HostDependencies) {
    this.memory = memory;
    this.#dependencies = dependencies;
    this.clock = new CountingClock(memory.clock);
    const { sabotage } = dependencies;
    listLivenessSockets(memory);
    const files = sabotage.files?.(memory.files) ?? memory.files;
    this.#files = files;
    this.leases = new LeaseWatch(files, this.clock, this.#watching);
    const tapped = dependencies.tap(memory.http, this.leases);
    this.#platform = {
      ...memory,
      files: toldFailures(this.leases.files, dependencies.onFailed),
      http: sabotage.http?.(tapped) ?? tapped,
      clock: this.clock,
    };
  }

  async open(options: QueueOptions): Promise<void> {
    this.queue = await Queue.open(options, {
      platform: this.#platform,
      logger: this.#dependencies.logger,
    });
  }

  get #watching(): HostDependencies & { readonly paths: () => readonly string[] } {
    return { ...this.#dependencies, paths: () => this.memory.files.paths() };
  }

  /** Another process, beside this one. */
  neighbour(http: HttpClient): Platform {
    const { processes: { pid, marks }, clock } = this.memory;
    const processes = new MemoryProcessTable(pid + 1_000_000);
    for (const [other, mark] of marks) processes.marks.set(other, mark);
    const { files } = new LeaseWatch(this.#files, clock, this.#watching);
    return { ...this.#platform, http, files, processes, clock };
  }

  /** The next process, on what the crash has left. */
  crash(survival: Survival): Host {
    const memory = this.memory.crash(survival);
    this.#dependencies.disk.thaw();
    return new Host(memory, this.#dependencies);
  }
}
