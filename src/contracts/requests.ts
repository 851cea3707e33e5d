import type { BatchId } from "./store.ts";
import type { DropReason } from "../types.ts";
import type { RequestBody } from "./kernel.ts";

/** Signals of one batch within a sealed request, in order. */
export interface RequestPart {
  readonly batchId: BatchId;
  readonly signals: number;
}

/** A request on its way to the endpoint, and the batches that wait for its outcome. */
export interface SealedRequest {
  readonly body: RequestBody;
  readonly parts: readonly RequestPart[];
}

/** Drops expired signals from a request before an attempt; undefined body when nothing is left. */
export type ExpireRequest = (
  request: SealedRequest,
  cutoffMs: number,
) => { request: SealedRequest | undefined; dropped: readonly RequestPart[] };

/** Parts a request in two halves, of which the first comes first; undefined when it cannot be parted. */
export type SplitRequest = (
  request: SealedRequest,
) => readonly [SealedRequest, SealedRequest] | undefined;

/** Told once for every signal of a request: what became of it. */
export type SettleParts = (
  parts: readonly RequestPart[],
  outcome: "delivered" | DropReason,
) => void;

/** Whether an endpoint that says "not you" or "not here" holds what is sent, or has it dropped. */
export type OnRefused = "hold" | "drop";
