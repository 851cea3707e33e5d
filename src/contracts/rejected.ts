import type { RequestBody } from "./kernel.ts";
import type { ProtobufMessage, SignalCounts } from "../types.ts";

/** Why a request was given up: the endpoint refused it for good, or did not take it in as many attempts as are allowed. */
export type RejectionCause = "rejected" | "max_retries";

/** A request that an endpoint has refused for good, as it leaves the network. */
export interface RefusedRequest {
  /** What was to be sent. */
  readonly body: RequestBody;
  readonly protobufMessage: ProtobufMessage;
  readonly cause: RejectionCause;
  /** The last answer's status; undefined when there was none. */
  readonly status: number | undefined;
  /** The endpoint's words, short and without secrets. */
  readonly reason: string;
  /** How many of its signals were refused: fewer than all where the endpoint took the others, and does not say which. */
  readonly refused: number;
}

/**
 * Keeps a refused request. Resolves when it is durable, or is counted as one that is not
 * kept; only then may its signals be settled. Never rejects.
 */
export type KeepRefused = (request: RefusedRequest) => Promise<void>;

/** A request that an endpoint refused for good, as it lies in the endpoint's `rejected/`. */
export interface RejectedRequest {
  /** The endpoint's name. */
  readonly endpoint: string;
  /** Names it among those of its endpoint: 16 hexadecimal digits, made of its content. */
  readonly id: string;
  /** When it was refused. */
  readonly rejectedAtMs: number;
  /** As which signals it counts in `droppedTotal`: `rejected` or `max_retries`. */
  readonly cause: RejectionCause;
  /** The status of the endpoint's last answer; undefined when there was none. */
  readonly status: number | undefined;
  /** What the endpoint said, at most its first 256 characters, without secrets. */
  readonly reason: string;
  /** Signals in it. */
  readonly signals: number;
  /** The same by kind. */
  readonly kinds: SignalCounts;
  /**
   * How many of them were refused: fewer than `signals` where the endpoint took the others,
   * and did not say which.
   */
  readonly refused: number;
  /** The size of its file. */
  readonly bytes: number;
  /** The oldest timestamp in it; 0 when it has none. */
  readonly oldestMs: number;
  /** The newest timestamp in it; 0 when it has none. */
  readonly newestMs: number;
  /** What it is written as. */
  readonly protobufMessage: ProtobufMessage;
}

/** How much is kept of what an endpoint refuses; can change while it works. */
export interface RejectedRules {
  /** Bytes that the files take at most, the oldest are removed first; 0 keeps none. */
  readonly bytesMax: number;
  /** How long a request is kept; 0 keeps none. */
  readonly ageMsMax: number;
}

/**
 * Why a refused request is not kept, or not any more.
 *
 * - `off`: the options say that none is kept.
 * - `storage`: the disk refused it.
 * - `storm`: more was refused than is written: in an hour as much as may lie there.
 * - `bytes`: the files took their bytes, and it was the oldest; or it alone takes more.
 * - `files`: there were as many files as may be, and it was the oldest.
 * - `age`: it was kept as long as the options say.
 * - `corrupt`: its file is damaged or gone.
 */
export type RejectedLoss = "off" | "storage" | "storm" | "bytes" | "files" | "age" | "corrupt";

/** The requests in `rejected/`, and what became of those that were to be there: signals. */
export interface RejectedTotals {
  readonly files: number;
  readonly bytes: number;
  /** They were written. */
  readonly kept: number;
  /** They were not, or were removed before anybody sent them again. */
  readonly lost: Readonly<Record<RejectedLoss, number>>;
  /** They were sent again. */
  readonly sentAgain: number;
}

/** How long the files of delivered batches are kept; can change while it works. */
export interface DeliveredRules {
  /** 0 keeps none. */
  readonly ageMsMax: number;
  /** Bytes that they take at most, the oldest are removed first. */
  readonly bytesMax: number;
}
