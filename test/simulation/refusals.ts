/** Endpoints that refuse for reasons that are not the data's, and that heal. */
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import type { Dice } from "./dice.ts";
import type { Row } from "./model.ts";

/** "Not you", "not here", and "not now": what comes of these is none of the data's business. */
const NOT_ABOUT_THE_DATA: readonly number[] = [401, 403, 404, 405, 407, 408, 421, 426, 511];

/** Says in each request that such an answer costs it, so that the model knows what to make of one. */
export const DROPS = "x-drops-refused";

/** Nothing has an outcome by it. */
export function holds({ status }: HttpAnswer, request: HttpRequest): boolean {
  // A 511 is tried again in any case.
  const isMeant = request.headers[DROPS] !== "yes" || status >= 500;
  return isMeant && NOT_ABOUT_THE_DATA.includes(status);
}

export function refuseAway(dice: Dice, headers: Record<string, string>): HttpAnswer {
  // What is met most.
  const status = dice.chance(0.3) ? 401 : dice.pick(NOT_ABOUT_THE_DATA);
  return makeAnswer(status, "not you", headers);
}

/** Rows that a `narrow` endpoint takes at most. */
export const NARROW_ROWS = 1;

/** A single signal cannot be parted, nor can a series with its exemplars. */
export function canBeParted(rows: readonly Row[]): boolean {
  if (rows.length < 2) return false;
  return !rows[0]!.commit.mayHaveCompany || new Set(rows.map(({ series }) => series)).size > 1;
}
