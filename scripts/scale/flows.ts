/** How much passes each tier in a second, for so many edges and a deployment of so many processes. */
import type { Flow } from "./costs.ts";
import type { Inputs } from "./inputs.ts";
import { LIMITS } from "./limits.ts";

/**
 * Who writes into the streams: processes that take remote write of edges in, or the edges
 * themselves.
 */
export type Layout = "intake" | "direct";

/** How many of each there are. */
export interface Deployment {
  readonly layout: Layout;
  readonly streams: number;
  /** Of each stream. */
  readonly partitions: number;
  readonly intakesAStream: number;
  readonly sendersAStream: number;
  readonly servers: number;
}

/** What passes in a second. */
export interface Flows {
  readonly samples: number;
  /** Requests of edges. */
  readonly requests: number;
  /** Batches, or requests of edges that hand over. */
  readonly batches: number;
  /** Parts of batches. */
  readonly messages: number;
  readonly samplesAMessage: number;
  /** Of records of all streams: leases, cursors, and looks at those of others. */
  readonly records: number;
  /** Those that go to each process alone. */
  readonly anIntake: Flow;
  /** The one with the most partitions. */
  readonly aSender: Flow;
  readonly aStream: Flow;
  readonly all: Flow;
}

export function flowsOf(inputs: Inputs, edges: number, deployment: Deployment): Flows {
  const { edgeSeries, scrapeSeconds, requestSamples } = inputs;
  const { layout, streams, partitions, intakesAStream, sendersAStream } = deployment;
  const samples = edges * edgeSeries / scrapeSeconds;
  const requestsAScrape = Math.ceil(edgeSeries / requestSamples);
  const requests = edges * requestsAScrape / scrapeSeconds;
  const intakes = layout === "direct" ? 0 : streams * intakesAStream;
  const batches = layout === "direct"
    ? requests
    : intakes * batchesOf(inputs, samples / intakes, requests / intakes);
  const parts = partsOf(partitions, batches === 0 ? 0 : samples / batches);
  const messages = batches * parts;
  const recordsAStream = recordsOf(inputs, partitions, sendersAStream);
  // Partitions are dealt whole: somebody may have one more than others.
  const share = Math.ceil(partitions / sendersAStream) / partitions;
  const aStream: Flow = {
    samples: samples / streams,
    messages: messages / streams,
    requests: requests / streams,
    otherHeads: messages / streams * (sendersAStream - 1),
    records: recordsAStream,
  };
  return {
    samples,
    requests,
    batches,
    messages,
    samplesAMessage: messages === 0 ? 0 : samples / messages,
    records: recordsAStream * streams,
    anIntake: intakes === 0
      ? { samples: 0, messages: 0, requests: 0, otherHeads: 0, records: 0 }
      : {
        samples: samples / intakes,
        messages: messages / intakes,
        requests: requests / intakes,
        otherHeads: 0,
        records: 0,
      },
    aSender: {
      samples: aStream.samples * share,
      messages: aStream.messages * share,
      requests: 0,
      otherHeads: aStream.messages * (1 - share),
      records: recordsAStream / sendersAStream,
    },
    aStream,
    all: {
      samples,
      messages,
      requests,
      otherHeads: aStream.otherHeads * streams,
      records: recordsAStream * streams,
    },
  };
}

/**
 * Batches of an intake: one begins with a request and takes what comes within the group commit, or
 * as many signals as it may have. Requests come at random.
 */
export function batchesOf(inputs: Inputs, samples: number, requests: number): number {
  if (requests === 0) return 0;
  const byTime = 1 / (inputs.groupCommitSeconds + 1 / requests);
  return Math.max(byTime, samples / LIMITS.signalsABatch);
}

/** Partitions that some series of a batch belongs to, as a hash deals them. */
export function partsOf(partitions: number, samplesABatch: number): number {
  return partitions * (1 - (1 - 1 / partitions) ** samplesABatch);
}

/**
 * At most: a cursor is written where something came. What those who send read of partitions that
 * are others' is counted as dear as what is written.
 */
export function recordsOf({ endpoints }: Inputs, partitions: number, senders: number): number {
  const { renewSeconds, cursorsASecond } = LIMITS;
  const leases = partitions / renewSeconds;
  const cursors = partitions * cursorsASecond * endpoints;
  const looks = partitions * (senders - 1) / renewSeconds;
  // The record of all who send is read and written.
  const beats = 2 * senders / renewSeconds;
  return leases + cursors + looks + beats;
}
