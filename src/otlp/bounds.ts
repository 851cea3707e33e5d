import { WalqError } from "../errors.ts";

/** Values that hold values: a log may have them as deep, attributes of metrics have none. */
export const VALUE_DEPTH_MAX = 32;

/** What messages and elements of lists cost in memory, roughly, in units of eight bytes. */
const MESSAGE_COST = 8;
const COST_MAX = 8_000_000;

/**
 * What may be made of the bytes of one request: two bytes are enough for a message, which
 * takes a hundred in memory.
 */
export class ModelBudget {
  #cost = 0;

  /** @throws {WalqError} `TOO_LARGE` */
  message(): void {
    this.elements(MESSAGE_COST);
  }

  /** @throws {WalqError} `TOO_LARGE` */
  elements(count: number): void {
    this.#cost += count;
    if (this.#cost <= COST_MAX) return;
    throw new WalqError(
      "TOO_LARGE",
      `Cannot read OTLP: got more than ${COST_MAX / MESSAGE_COST} points and attributes ` +
        "(buckets count for an eighth), expected at most that: send smaller batches",
    );
  }
}

/** What was read is no OTLP: where, what was got, what was wanted. */
export function badOtlp(where: string, got: string, wanted: string): WalqError {
  return new WalqError(
    "INVALID_REQUEST",
    `Cannot read OTLP: ${where}: got ${got}, expected ${wanted}`,
  );
}
