import type { Clock } from "../../contracts.ts";
import type { ByteBudget } from "../../receive/budget.ts";
import { readBody, UnreadBodyError } from "../../receive/read_body.ts";
import type { Incoming } from "../host.ts";
import { ApiError } from "./answers.ts";

/** What a body is read with. */
export interface BodyDependencies {
  readonly clock: Clock;
  /** The bytes of all bodies that are being read. */
  readonly budget: ByteBudget;
}

/**
 * The whole body of a request, as text.
 *
 * @throws {ApiError} where it is too long, no UTF-8, or does not come.
 */
export async function readText(
  { readChunks }: Incoming,
  { budget, clock }: BodyDependencies,
  bytesMax: number,
): Promise<string> {
  if (!budget.take(bytesMax)) {
    throw new ApiError("unavailable", "too many requests at once; come again");
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    await readBody(readChunks, (chunk) => {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        const message = `the body has more than ${bytesMax} bytes`;
        throw new ApiError("too_large", message);
      }
      // A server may write the next chunk where this one is.
      chunks.push(chunk.slice());
    }, clock);
    return new TextDecoder("utf-8", { fatal: true }).decode(joined(chunks, bytes));
  } catch (error) {
    if (error instanceof UnreadBodyError) throw new ApiError("timeout", error.message);
    if (error instanceof TypeError) throw new ApiError("bad_data", "the body is no UTF-8");
    throw error;
  } finally {
    budget.give(bytesMax);
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
