/** What piles up while the receiver is down, and how long it takes to go, on paper. */
import type { Plan } from "./plan.ts";
import { receiverOf } from "./resources.ts";

/** After so long. */
export interface Outage {
  readonly seconds: number;
  readonly samples: number;
  /** One copy, of all streams. */
  readonly bytes: number;
  readonly copiesBytes: number;
  /** What `max_bytes` of a stream has to be for that. */
  readonly streamBytes: number;
  /** Infinity where what comes is as much as can go. */
  readonly drainSeconds: number;
}

/** Samples a second that can go out: by the receiver, the senders, and who reads for them. */
export function drainRateOf({ inputs, flows, resources }: Plan): number {
  const used = (name: string): number => resources.find((one) => one.name === name)?.used ?? 0;
  // What waits is read and sent as what comes is: as much as the fullest of these has room for.
  const senders = Math.max(used("CPU of a sender"), used("reads of a sender"));
  return Math.min(receiverOf(inputs, flows.samples), flows.samples / senders);
}

export function outageOf(plan: Plan, seconds: number): Outage {
  const { inputs, flows, bytes, deployment } = plan;
  const samples = flows.samples * seconds;
  const oneCopy = bytes.intoStreams * seconds;
  return {
    seconds,
    samples,
    bytes: oneCopy,
    copiesBytes: oneCopy * inputs.replicas,
    streamBytes: oneCopy / deployment.streams,
    drainSeconds: samples / Math.max(0, drainRateOf(plan) - flows.samples),
  };
}

/** How long a receiver may be down until a stream of the default size refuses what comes. */
export function fullAfterSeconds({ inputs, bytes, deployment }: Plan): number {
  return inputs.streamBytesMax / (bytes.intoStreams / deployment.streams);
}
