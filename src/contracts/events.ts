import type { BatchId } from "./store.ts";
import type { DropReason, SignalCounts } from "../types.ts";
import type { EncodedBatch, SentAgain } from "./kernel.ts";

/** One attempt to send a request. */
export interface AttemptEvent {
  readonly durationMs: number;
  /** Bytes on the wire: the compressed body. */
  readonly bytes: number;
  readonly signals: number;
  /** The same, by kind. */
  readonly kinds: SignalCounts;
  /** What the endpoint took of it. */
  readonly written: SignalCounts;
  /** The answer's status; undefined when there was none (network error, timeout). */
  readonly status: number | undefined;
  readonly outcome: "delivered" | "rejected" | "retried" | "gave_up";
  /** The oldest and the newest timestamp in the request. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Why it failed, without secrets. */
  readonly error?: string;
  /** What there is to say of one that did not. */
  readonly note?: string;
}

/**
 * What the stages of one endpoint tell about themselves. A callback, so that
 * whoever listens decides how it is shown; none of these may throw.
 */
export interface EndpointEvents {
  /** A batch is durable in this endpoint's store. */
  stored(event: { id: BatchId; batch: EncodedBatch; again?: SentAgain | undefined }): void;
  /** A batch could not be stored. */
  storeFailed(message: string): void;
  /** A batch was read back to be sent. */
  loaded(
    event: { id: BatchId; signals: number; compressedBytes: number; uncompressedBytes: number },
  ): void;
  /** Batches that were found at start. */
  recovered(event: { batches: number; signals: number }): void;
  /** A batch of somebody else has come into a store that many share. @param times of its signals, if that is known */
  followed(event: {
    id: BatchId;
    signals: number;
    times: { readonly oldestMs: number; readonly newestMs: number } | undefined;
  }): void;
  /** Batches without an outcome that are another process's to send from now on. */
  handedOver(event: { signals: number }): void;
  /** Settled signals of batches that go back to the store unfinished: they count as accepted anew. */
  putBack(event: { signals: number }): void;
  quarantined(event: { id: BatchId; signals: number; reason: string }): void;
  settled(event: { outcome: "delivered" | DropReason; signals: number }): void;
  attempted(event: AttemptEvent): void;
  /** Start timestamps that the protocol could not carry. */
  startsOmitted(event: { signals: number }): void;
  /** The rules for labels made sets one with others. */
  merged(event: { sets: number }): void;
  /** The receiver does not understand remote write 2.0, and gets 1.0 from now on. */
  fellBack(): void;
}
