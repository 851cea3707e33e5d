import type { Discovery, Logger, TargetGroup } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { ResolvedDiscovery } from "../options.ts";

/** Makes a discovery of its options. */
export type OpenDiscovery = (of: ResolvedDiscovery, jobName: string) => Discovery;

/** A discovery at work. */
interface Running {
  readonly groups: Map<string, TargetGroup>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  hasTold: boolean;
}

/** Where the targets of one job come from. */
export class JobDiscoveries {
  readonly #jobName: string;
  readonly #open: OpenDiscovery;
  readonly #logger: Logger;
  readonly #onChange: () => void;
  /** By their options as a text. */
  #running = new Map<string, Running>();
  /** What discoveries of earlier options told: it counts until each of the new ones has told something. */
  #past: readonly TargetGroup[] = [];

  /** @param onChange told when there may be other targets */
  constructor(
    jobName: string,
    of: { readonly open: OpenDiscovery; readonly logger: Logger; readonly onChange: () => void },
  ) {
    this.#jobName = jobName;
    this.#open = of.open;
    this.#logger = of.logger;
    this.#onChange = of.onChange;
  }

  /** All targets that are known now. */
  get groups(): readonly TargetGroup[] {
    const told = [...this.#running.values()].flatMap(({ groups }) => [...groups.values()]);
    return [...told, ...this.#past];
  }

  /** These count from now on: those that were there before go on as they are. */
  apply(discoveries: readonly ResolvedDiscovery[]): void {
    const before = this.#running;
    this.#running = new Map();
    for (const of of discoveries) {
      const key = JSON.stringify(of);
      const known = before.get(key);
      before.delete(key);
      // The same one twice finds the same targets.
      if (this.#running.has(key)) continue;
      this.#running.set(key, known ?? this.#start(of));
    }
    const ended = [...before.values()];
    for (const { stop } of ended) stop.abort(new Error("the discovery is not used any more"));
    this.#past = [...this.#past, ...ended.flatMap(({ groups }) => [...groups.values()])];
    this.#forgetPast();
    this.#onChange();
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    const ended = [...this.#running.values()];
    for (const { stop } of ended) stop.abort(new Error("the job is not used any more"));
    await Promise.all(ended.map((one) => one.ended));
  }

  #start(of: ResolvedDiscovery): Running {
    const groups = new Map<string, TargetGroup>();
    const stop = new AbortController();
    const running: Running = { groups, stop, hasTold: false, ended: Promise.resolve() };
    const tell = (told: readonly TargetGroup[]): void => {
      if (stop.signal.aborted) return;
      for (const group of told) {
        if (group.targets.length === 0) groups.delete(group.source);
        else groups.set(group.source, group);
      }
      running.hasTold = true;
      this.#forgetPast();
      this.#onChange();
    };
    return Object.assign(running, { ended: this.#run(of, tell, stop.signal) });
  }

  async #run(
    of: ResolvedDiscovery,
    tell: (groups: readonly TargetGroup[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#open(of, this.#jobName).run(tell, signal);
    } catch (error) {
      if (signal.aborted) return;
      const fields = { job: this.#jobName, kind: of.kind, error: messageOf(error) };
      this.#logger.error("a discovery has failed: its targets stay as they are", fields);
    }
  }

  #forgetPast(): void {
    if ([...this.#running.values()].every(({ hasTold }) => hasTold)) this.#past = [];
  }
}
