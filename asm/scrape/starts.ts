/**
 * Start timestamps in OpenMetrics, which are in lines of their own behind the series that
 * they are about: `_created`. Prometheus looks ahead from each series to the first such line
 * of the family (model/textparse, StartTimestamp); here a series waits until one comes.
 */
import { Row, ROW_BYTES, rows } from "./page";

/** The first row that waits, by its place. */
let waiting: usize = 0;
/** The family and the time that were found last; 0 for none. */
let foundFamily: u64 = 0;
let foundMs: i64 = 0;

export function beginStarts(): void {
  waiting = 0;
  foundFamily = 0;
  foundMs = 0;
}

/** A row waits for its family's start timestamp; until then the family is in its place. */
// @ts-ignore: decorator
@inline
export function waitForStart(row: Row, family: u64): void {
  row.waits = 1;
  row.startMs = <i64> family;
}

/** The line with the start timestamp of a family: what waited waits no more, whether it is of this family or not. */
export function tellStart(family: u64, startMs: i64): void {
  resolve(true, family, startMs);
}

/** Another family begins, or the page ends: nothing comes for those that wait. */
// @ts-ignore: decorator
@inline
export function endFamily(): void {
  if (waiting < rows.length) resolve(false, 0, 0);
}

function resolve(isTold: bool, family: u64, startMs: i64): void {
  for (; waiting < rows.length; waiting += ROW_BYTES) {
    const row = changetype<Row>(rows.at + waiting);
    if (row.waits == 0) {
      // A histogram takes the time of one of its parts, and says nothing of the others.
      if (row.startOf == 0) foundFamily = 0;
      continue;
    }
    const own = <u64> row.startMs;
    row.waits = 0;
    if (own == foundFamily && foundMs > 0) {
      row.startMs = foundMs;
    } else if (isTold && own == family) {
      row.startMs = startMs;
      foundFamily = family;
      foundMs = startMs;
    } else {
      row.startMs = 0;
      foundFamily = 0;
    }
  }
}
