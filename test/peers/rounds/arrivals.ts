import { visitSamples } from "../support/read_request.ts";
import { REQUEST_ROWS, type RoundLoad, SERIES } from "./load.ts";

const LABEL_ID = [0x0a, 2, 0x69, 0x64, 0x12];
const TIMES_MAX = 255;

/** Which samples have arrived, how often, and whether each series came in order: a byte a sample. */
export class Arrivals {
  /** Different samples that have arrived. */
  delivered = 0;
  /** Arrivals of a sample that was there already: at least once is the promise. */
  duplicates = 0;
  /** Samples that were never sent, or came with other labels or another value. */
  wrong = 0;
  /** First arrivals of a sample after a later one of its series. */
  overtaken = 0;
  readonly #load: RoundLoad;
  readonly #times: Uint8Array;
  readonly #newestStep: Int32Array = new Int32Array(SERIES).fill(-1);

  constructor(load: RoundLoad) {
    this.#load = load;
    this.#times = new Uint8Array(load.samples);
  }

  /** Takes in a request; throws when it is malformed. */
  take(body: Uint8Array): void {
    visitSamples(body, (plain, labelsAt, labelsEnd, timestampMs, value) => {
      const labels = plain.subarray(labelsAt, labelsEnd);
      const id = idOf(labels);
      const step = this.#load.stepOf(id, labels, timestampMs, value);
      if (step < 0) this.wrong++;
      else this.#arrived(id, step);
    });
  }

  /** How many samples of a request have not arrived. */
  missingOf(block: number, step: number): number {
    let missing = 0;
    for (let row = 0; row < REQUEST_ROWS; row++) {
      const id = block * REQUEST_ROWS + row;
      if (this.#times[step * SERIES + id] === 0) missing++;
    }
    return missing;
  }

  #arrived(id: number, step: number): void {
    const at = step * SERIES + id;
    const times = this.#times[at]!;
    if (times < TIMES_MAX) this.#times[at] = times + 1;
    if (times > 0) {
      this.duplicates++;
      return;
    }
    this.delivered++;
    if (step < this.#newestStep[id]!) this.overtaken++;
    else this.#newestStep[id] = step;
  }
}

/** The number in the label `id`; -1 when there is none. */
function idOf(labels: Uint8Array): number {
  for (let at = 0; at + 1 < labels.length; at += 2 + labels[at + 1]!) {
    const name = at + 2;
    if (!LABEL_ID.every((byte, index) => labels[name + index] === byte)) continue;
    const digits = name + LABEL_ID.length + 1;
    let id = 0;
    for (let index = 0; index < labels[digits - 1]!; index++) {
      id = id * 10 + labels[digits + index]! - 0x30;
    }
    return id;
  }
  return -1;
}
