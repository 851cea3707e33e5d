import type { Clock } from "../contracts.ts";

/** Whether `done` resolves in time. Rejects if `done` rejects in time. */
export async function within(clock: Clock, ms: number, done: Promise<unknown>): Promise<boolean> {
  let cancel = (): void => {};
  const over = new Promise<boolean>((resolve) => {
    cancel = clock.after(ms, () => resolve(false));
  });
  try {
    return await Promise.race([done.then(() => true), over]);
  } finally {
    cancel();
  }
}
