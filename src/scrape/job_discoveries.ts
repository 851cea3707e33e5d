import type { CancelTimer, Clock, Discovery, Logger, TargetGroup } from "../contracts.ts";
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

/** What the discoveries of a job work with. */
export interface JobDiscoveriesDependencies {
  readonly open: OpenDiscovery;
  readonly logger: Logger;
  readonly clock: Clock;
  /** What discoveries of earlier options told counts no longer than this. */
  readonly pastMs: number;
  /**
   * Told when there may be other targets. It is urgent when the options are others, and
   * when a discovery has told something for the first time.
   */
  readonly onChange: (isUrgent: boolean) => void;
}

/** Where the targets of one job come from. */
export class JobDiscoveries {
  readonly #jobName: string;
  readonly #of: JobDiscoveriesDependencies;
  /** By their options as a text. */
  #running = new Map<string, Running>();
  /**
   * What discoveries of earlier options told: it counts until each of the new ones has told
   * something, and not for long where one cannot. Prometheus forgets it at once, and gives
   * the new ones as long as its updates are apart.
   */
  #past: readonly TargetGroup[] = [];
  #cancelPast: CancelTimer | undefined;

  constructor(jobName: string, dependencies: JobDiscoveriesDependencies) {
    this.#jobName = jobName;
    this.#of = dependencies;
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
    if (!this.#forgetPast()) this.#forgetPastSoon();
    this.#of.onChange(true);
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    this.#cancelPast?.();
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
      const isFirst = !running.hasTold;
      running.hasTold = true;
      this.#forgetPast();
      this.#of.onChange(isFirst);
    };
    return Object.assign(running, { ended: this.#run(of, tell, stop.signal) });
  }

  async #run(
    of: ResolvedDiscovery,
    tell: (groups: readonly TargetGroup[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#of.open(of, this.#jobName).run(tell, signal);
    } catch (error) {
      if (signal.aborted) return;
      const fields = { job: this.#jobName, kind: of.kind, error: messageOf(error) };
      this.#of.logger.error("a discovery has failed: its targets stay as they are", fields);
    }
  }

  /** If nothing is waited for; says whether there is no past any more. */
  #forgetPast(): boolean {
    if ([...this.#running.values()].every(({ hasTold }) => hasTold)) this.#past = [];
    return this.#past.length === 0;
  }

  #forgetPastSoon(): void {
    this.#cancelPast?.();
    this.#cancelPast = this.#of.clock.after(this.#of.pastMs, () => {
      if (this.#past.length === 0) return;
      this.#past = [];
      this.#of.onChange(true);
    });
  }
}
