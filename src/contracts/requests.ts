import type { BatchId } from "./store.ts";
import type { DropReason } from "../types.ts";
import type { RequestBody, Selection } from "./kernel.ts";

/** Signals of one batch within a sealed request, in order. */
export interface RequestPart {
  readonly batchId: BatchId;
  readonly signals: number;
}

/** A request on its way to the endpoint, and the batches that wait for its outcome. */
export interface SealedRequest {
  readonly body: RequestBody;
  readonly parts: readonly RequestPart[];
  /** Somebody sends it again on purpose: nothing in it is too old. */
  readonly isSentAgain?: boolean | undefined;
}

/** What came of a {@link SelectSignals}. */
export interface Selected {
  /** Undefined when none of its signals is meant. */
  readonly request: SealedRequest | undefined;
  /** What is not in it. */
  readonly rest: readonly RequestPart[];
}

/** Makes a request of some of the signals of another, in their order. */
export type SelectSignals = (request: SealedRequest, which: Selection) => Selected;

/** Told once for every signal of a request: what became of it. */
export type SettleParts = (
  parts: readonly RequestPart[],
  outcome: "delivered" | DropReason,
) => void;

/** What is sent first of a backlog: the oldest, or what is new while the rest follows behind it. */
export type SendOrder = "strict" | "fresh_first";

/** Whether an endpoint that says "not you" or "not here" holds what is sent, or has it dropped. */
export type OnRefused = "hold" | "drop";
