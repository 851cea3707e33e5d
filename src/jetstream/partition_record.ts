import type { StreamSeq } from "../contracts.ts";

/**
 * What is known of a partition by all who may send it: who sends it now, and how far each
 * endpoint has come. One text, replaced as a whole and by one who has seen the text before
 * it: who has lost the partition can no longer say how far he came.
 */
export interface PartitionRecord {
  /** Who sends; empty where it was given up. */
  readonly owner: string;
  /** Grows each time somebody takes it. */
  readonly term: number;
  /** Which stream of its name it is about; undefined where that was not said. */
  readonly stream?: string | undefined;
  /** For each endpoint: all up to this number have their outcome. */
  readonly cursors: Readonly<Record<string, StreamSeq>>;
  /**
   * For each endpoint: when the newest message that it had met was stored, by the servers' clock
   * in milliseconds. What is not above its cursor, and was stored later, it has not had.
   */
  readonly newestMs: Readonly<Record<string, number>>;
}

/** The record of a partition that nobody has taken yet. */
export const NEW_PARTITION: PartitionRecord = { owner: "", term: 0, cursors: {}, newestMs: {} };

/** As it is kept. */
export function textOf(record: PartitionRecord): string {
  return JSON.stringify(record);
}

/**
 * The same read again.
 *
 * @throws {Error} when it is anything else: whoever takes a partition by a record that he
 *   cannot read would begin anew, and send all of it again.
 */
export function recordIn(text: string): PartitionRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { owner, term, stream, cursors, newestMs = {} } = (value ?? {}) as Partial<PartitionRecord>;
  const isRecord = typeof owner === "string" && isCount(term) && term < Number.MAX_SAFE_INTEGER &&
    (stream === undefined || typeof stream === "string") &&
    isCounts(cursors) && isCounts(newestMs);
  if (!isRecord) {
    throw new Error(
      `got ${JSON.stringify(text.slice(0, 64))}, expected the record of a partition`,
    );
  }
  return { owner, term, ...(stream !== undefined && { stream }), cursors, newestMs };
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return typeof value === "object" && value !== null && Object.values(value).every(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
