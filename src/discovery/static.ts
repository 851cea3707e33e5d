import type { Discovery, TargetGroup } from "../contracts.ts";
import { untilAborted } from "./until_aborted.ts";

/** Targets that the file names: told once. */
export class StaticDiscoverer implements Discovery {
  readonly #groups: readonly TargetGroup[];

  constructor(groups: readonly TargetGroup[]) {
    this.#groups = groups;
  }

  run(tell: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void> {
    tell(this.#groups);
    return untilAborted(signal);
  }
}
