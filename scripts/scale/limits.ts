/** Limits of walq's own code that a plan has to keep, from where they stand in it. */
import { assert } from "../../src/assert.ts";
import { CONNECTIONS_MAX } from "../../src/agent/connections.ts";
import { parseDuration } from "../../src/duration.ts";
import { RENEW_MS, TAKE_OVER_MS } from "../../src/jetstream/ownership.ts";
import { WRITE_DOWN_MS } from "../../src/jetstream/settling.ts";
import { PARTITIONS_MAX } from "../../src/kernel/limits.ts";
import { PERSISTENCE } from "../../src/options/tables/persistence.ts";
import { JETSTREAM } from "../../src/options/tables/stream.ts";
import { parseSize } from "../../src/size.ts";

/** Of a process, a stream, a partition. */
export interface Limits {
  /** Of a stream; each has one process that sends it, so there are no more senders either. */
  readonly partitionsMax: number;
  /** Who sends a partition says so, and who does not looks at it. */
  readonly renewSeconds: number;
  /** A lease of which nothing is heard for so long is another one's to take. */
  readonly takeOverSeconds: number;
  /** How often it is written down in each partition how far an endpoint has come. */
  readonly cursorsASecond: number;
  /** Open connections of a process that takes in, unless its options say another number. */
  readonly connectionsAnIntake: number;
  /** How long a batch waits for other commits. */
  readonly groupCommitSeconds: number;
  readonly signalsABatch: number;
  /** What a stream takes at most by default. */
  readonly streamBytesMax: number;
}

const { groupCommitInterval, maxSignalsToBatch } = PERSISTENCE.rows;

export const LIMITS: Limits = {
  partitionsMax: PARTITIONS_MAX,
  renewSeconds: RENEW_MS / 1000,
  takeOverSeconds: TAKE_OVER_MS / 1000,
  cursorsASecond: 1000 / WRITE_DOWN_MS,
  connectionsAnIntake: CONNECTIONS_MAX,
  groupCommitSeconds: secondsOf(groupCommitInterval?.default),
  signalsABatch: numberOf(maxSignalsToBatch?.default),
  streamBytesMax: bytesOf(JETSTREAM.rows["maxBytes"]?.default),
};

/** Of a server of NATS by default: `max_connections` and `max_payload`. */
export const NATS_LIMITS: { readonly connections: number; readonly payloadBytes: number } = {
  connections: 65_536,
  payloadBytes: 1_048_576,
};

/** A batch goes into so many messages at most, and each has room for headers: docs/nats.md. */
export const PIECES: { readonly max: number; readonly headersBytes: number } = {
  max: 128,
  headersBytes: 4_096,
};

function numberOf(value: unknown): number {
  assert(typeof value === "number", "a default is no number");
  return value;
}

function secondsOf(value: unknown): number {
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  assert(ms !== undefined, "a default is no duration");
  return ms / 1000;
}

function bytesOf(value: unknown): number {
  const bytes = typeof value === "string" ? parseSize(value) : undefined;
  assert(bytes !== undefined, "a default is no size");
  return bytes;
}
