import type { Clock } from "../contracts.ts";
import type { ReadChunks } from "./incoming.ts";

/**
 * How long a request's body may take, in milliseconds. What counts is that it gets
 * on: a sender behind a slow link sends all the time, and is taken (Prometheus
 * allows a request five minutes in all).
 */
export const BODY_BOUNDS = {
  /** From one byte to the next. */
  stoppedMs: 60_000,
  /** In all: no sender waits that long for an answer. */
  totalMs: 900_000,
} as const;

/** A body that did not come whole: the sender is to try again. */
export class UnreadBodyError extends Error {
  /** True when the sender stopped, or was too slow; false when the connection ended. */
  readonly isSlow: boolean;

  constructor(message: string, isSlow: boolean) {
    super(message);
    this.name = "UnreadBodyError";
    this.isSlow = isSlow;
  }
}

/**
 * Reads a body as long as it gets on.
 *
 * @throws {UnreadBodyError} when it stops, takes too long or breaks off, and whatever `take` throws.
 */
export function readBody(
  readChunks: ReadChunks,
  take: (chunk: Uint8Array) => void,
  clock: Clock,
): Promise<void> {
  const beganMs = clock.monotonicMs();
  let lastMs = beganMs;
  let isOver = false;
  let cancel = (): void => {};
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      isOver = true;
      cancel();
      settle();
    };
    // One timer a body, not one a chunk.
    const watch = (): void => {
      const nowMs = clock.monotonicMs();
      const stopsMs = lastMs + BODY_BOUNDS.stoppedMs;
      const endsMs = beganMs + BODY_BOUNDS.totalMs;
      if (nowMs >= stopsMs) return end(() => reject(new UnreadBodyError(stopped(), true)));
      if (nowMs >= endsMs) return end(() => reject(new UnreadBodyError(tooLong(), true)));
      cancel = clock.after(Math.min(stopsMs, endsMs) - nowMs, watch);
    };
    watch();
    readChunks((chunk) => {
      // Whoever reads the body ends with that, at the next chunk.
      if (isOver) throw new UnreadBodyError(stopped(), true);
      lastMs = clock.monotonicMs();
      take(chunk);
    }).then(() => end(resolve), (error: unknown) => end(() => reject(error)));
  });
}

function stopped(): string {
  return `The request's body stopped for ${BODY_BOUNDS.stoppedMs / 1000} s; come again`;
}

function tooLong(): string {
  return `The request's body took more than ${BODY_BOUNDS.totalMs / 1000} s; come again`;
}
