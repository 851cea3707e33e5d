import { encodeLabels, RequestTemplate } from "../support/write_request.ts";
import { ids, tenLabels } from "../support/workload.ts";

export const SERIES = 20_000;
export const REQUEST_ROWS = 2_000;
const BLOCKS = SERIES / REQUEST_ROWS;
const NAME = "round_sample";

/** What the senders send in one round: `SERIES` series in blocks, each with `steps` samples. */
export class RoundLoad {
  readonly blocks: number = BLOCKS;
  readonly steps: number;
  readonly samples: number;
  readonly #firstMs: number;
  readonly #templates: readonly RequestTemplate[];
  /** The bytes of every series' labels, as they must arrive. */
  readonly #labels: readonly Uint8Array[];

  constructor(samples: number) {
    this.steps = Math.max(1, Math.round(samples / SERIES));
    this.samples = this.steps * SERIES;
    // Ends now, a millisecond a step: nothing is near the TTL.
    this.#firstMs = Date.now() - this.steps;
    this.#labels = ids(0, SERIES).map((id) => encodeLabels(tenLabels(NAME, id)));
    this.#templates = ids(0, BLOCKS).map((block) =>
      new RequestTemplate(
        ids(block * REQUEST_ROWS, REQUEST_ROWS).map((id) => tenLabels(NAME, id)),
      )
    );
  }

  /** The request of a block at a step. */
  request(block: number, step: number): Uint8Array {
    const firstId = block * REQUEST_ROWS;
    return this.#templates[block]!.fill(
      this.#firstMs + step,
      (row) => valueOf(firstId + row, step),
    );
  }

  /** Which step a sample is of, when it is one of these with the right labels and value; else -1. */
  stepOf(id: number, labels: Uint8Array, timestampMs: number, value: number): number {
    const expected = this.#labels[id];
    const step = timestampMs - this.#firstMs;
    if (expected === undefined || step < 0 || step >= this.steps) return -1;
    if (value !== valueOf(id, step) || !isEqual(labels, expected)) return -1;
    return step;
  }
}

function valueOf(id: number, step: number): number {
  return id * 1.7 + step / 3;
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== other[at]) return false;
  }
  return true;
}
