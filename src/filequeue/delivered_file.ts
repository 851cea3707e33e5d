import type { BatchId } from "../contracts.ts";

/** A batch whose signals all have an outcome, as its name in `delivered/` tells of it. */
export interface DeliveredFile {
  readonly id: BatchId;
  /** When it got there. */
  readonly atMs: number;
  readonly bytes: number;
}

const NAME = /^([1-9][0-9]{0,14})\.([0-9]{1,15})\.([0-9]{1,12})\.delivered$/;

/** The name says all that has to be known to bound the directory: no file is opened for that. */
export function deliveredName({ id, atMs, bytes }: DeliveredFile): string {
  return `${id}.${atMs}.${bytes}.delivered`;
}

/** The same read again; undefined for any other name. */
export function deliveredFile(name: string): DeliveredFile | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  return { id: Number(match[1]), atMs: Number(match[2]), bytes: Number(match[3]) };
}

/** The older first. */
export function byAge(a: DeliveredFile, b: DeliveredFile): number {
  return a.id - b.id || a.atMs - b.atMs;
}
