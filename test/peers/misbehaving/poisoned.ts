import { Arrivals } from "../rounds/arrivals.ts";
import type { RoundLoad } from "../rounds/load.ts";
import type { Taker } from "../rounds/round_endpoint.ts";
import { visitSamples } from "../support/read_request.ts";

/** A series in the middle: its request has others before and behind it. */
const ID = 7_777;

/** Takes everything but the request that holds one certain sample: to that it answers 400. */
export class PoisonedArrivals implements Taker {
  readonly taken: Arrivals;
  readonly rejected: Arrivals;
  rejectedRequests = 0;
  readonly #load: RoundLoad;
  readonly #step: number;

  /** The last of the series' samples: it comes when everything else has been. */
  constructor(load: RoundLoad) {
    this.taken = new Arrivals(load);
    this.rejected = new Arrivals(load);
    this.#load = load;
    this.#step = load.steps - 1;
  }

  take(body: Uint8Array): number {
    if (!this.#isPoisoned(body)) {
      this.taken.take(body);
      return 204;
    }
    this.rejectedRequests++;
    this.rejected.take(body);
    return 400;
  }

  #isPoisoned(body: Uint8Array): boolean {
    let found = false;
    visitSamples(body, (plain, labelsAt, labelsEnd, timestampMs, value) => {
      const labels = plain.subarray(labelsAt, labelsEnd);
      if (this.#load.stepOf(ID, labels, timestampMs, value) === this.#step) found = true;
    });
    return found;
  }
}
