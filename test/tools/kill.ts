import type { MemoryPlatform } from "../../src/testing/memory.ts";

/** How the process ends: by itself, or with the power. */
export type End = "all" | "worst" | "random";

/**
 * Runs some work on a platform that is killed at its `last` step on the disk. Resolves to the
 * platform of the next process, or to undefined when the work was through before.
 */
export async function killedAt(
  last: number,
  end: End,
  platform: MemoryPlatform,
  work: (platform: MemoryPlatform) => Promise<unknown>,
): Promise<MemoryPlatform | undefined> {
  let steps = 0;
  let die: (next: MemoryPlatform) => void = () => {};
  const died = new Promise<MemoryPlatform>((resolve) => die = resolve);
  platform.files.fault = () => {
    if (++steps === last) die(platform.crash(end));
    return undefined;
  };
  const next = await Promise.race([work(platform).then(() => undefined), died]);
  platform.files.fault = undefined;
  if (next !== undefined) next.files.fault = undefined;
  return next;
}
