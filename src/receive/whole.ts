import type { Clock } from "../contracts.ts";
import { BodyCollector } from "./body.ts";
import type { ByteBudget } from "./budget.ts";
import type { IncomingBody } from "./incoming.ts";
import { readBody } from "./read_body.ts";
import { declaredLength } from "./receive.ts";
import type { ReceiveStats } from "./receive_stats.ts";

/** Within which bounds bodies are read. */
interface Bounds {
  readonly requestBytesMax: () => number;
  readonly budget: ByteBudget;
  readonly stats: ReceiveStats;
  readonly clock: Clock;
}

/**
 * Reads a body whole, and has it in memory, accounted for, until `use` is done with it.
 *
 * @throws {WalqError} `TOO_LARGE`, `OVERLOADED`
 * @throws {UnreadBodyError} and whatever `use` throws.
 */
export async function readWhole<T>(
  request: Request,
  { readChunks }: IncomingBody,
  bounds: Bounds,
  use: (body: Uint8Array) => Promise<T>,
): Promise<T> {
  const declared = declaredLength(request.headers.get("content-length"));
  const body = new BodyCollector(bounds.budget, bounds.requestBytesMax(), declared);
  try {
    await readBody(readChunks, (chunk) => body.take(chunk), bounds.clock);
    const bytes = body.finish();
    bounds.stats.read(bytes.length);
    return await use(bytes);
  } finally {
    body.release();
  }
}
