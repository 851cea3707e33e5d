import type { BatchId } from "../contracts.ts";

// Ids beyond this lose their last digit as a JavaScript number.
const ID_DIGITS_MAX = 15;
const COMMITTED = new RegExp(`^([1-9][0-9]{0,${ID_DIGITS_MAX - 1}})\\.committed$`);
const TEMPORARY = new RegExp(`^[1-9][0-9]{0,${ID_DIGITS_MAX - 1}}\\.committed\\.tmp$`);

/** The name under which a batch is in the queue: Alloy's. */
export function committedName(id: BatchId): string {
  return `${id}.committed`;
}

/** The name of a batch that is being written; a reader never takes it for one that is whole. */
export function temporaryName(id: BatchId): string {
  return `${id}.committed.tmp`;
}

/** The id in a committed name; undefined for any other name. */
export function committedId(name: string): BatchId | undefined {
  const match = COMMITTED.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** True for what a crash in the middle of a write leaves behind. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}
