import type { StreamLog } from "../contracts.ts";
import { StreamError } from "../errors.ts";
import { isObject } from "../is_object.ts";

/** The record that says how a stream is parted. */
const LAYOUT = "layout";

/** How a stream is parted, for all who use it. */
export interface Layout {
  readonly partitions: number;
}

/**
 * How the stream is parted; undefined before somebody has said it.
 *
 * @throws {StreamError}
 * @throws {Error} when what says it is nothing of walq's.
 */
export async function layoutOf(log: StreamLog): Promise<Layout | undefined> {
  const found = await log.record(LAYOUT);
  if (found === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(found.value);
  } catch {
    value = undefined;
  }
  const partitions = isObject(value) ? value["partitions"] : undefined;
  if (Number.isSafeInteger(partitions) && partitions as number > 0) {
    return { partitions: partitions as number };
  }
  const got = JSON.stringify(found.value.slice(0, 64));
  throw new Error(`its record "${LAYOUT}" cannot be read: got ${got}, expected its partitions`);
}

/**
 * The same, and where nobody has said it, it is as is wished from now on: of several who say
 * it at once one is the first.
 *
 * @throws {StreamError | Error} as {@link layoutOf}
 */
export async function agreedLayout(
  log: StreamLog,
  { partitions }: Layout,
): Promise<Layout & { readonly isNew: boolean }> {
  const before = await layoutOf(log);
  if (before !== undefined) return { ...before, isNew: false };
  try {
    await log.replaceRecord(LAYOUT, JSON.stringify({ partitions }), undefined);
    return { partitions, isNew: true };
  } catch (error) {
    // Somebody was first: the record says with what.
    const isConflict = error instanceof StreamError && error.code === "conflict";
    const after = isConflict ? await layoutOf(log) : undefined;
    if (after === undefined) throw error;
    return { ...after, isNew: false };
  }
}
