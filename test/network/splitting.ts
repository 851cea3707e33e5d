/** What the tests of requests that are parted share. */
import type { HttpAnswer, HttpRequest, RequestPart, SealedRequest } from "../../src/contracts.ts";
import { selectSignals } from "../../src/endpoint/select.ts";
import type { SendOptions, ShardContext } from "../../src/network/shard_context.ts";
import type { DropReason } from "../../src/types.ts";
import { samplesOnly } from "../support/counts.ts";
import { request, start, type StartedShard } from "./support.ts";

/** A byte a signal, its number: two batches share the request. */
export function numbered(count: number, ofMs: number): SealedRequest {
  const { body } = request(count, ofMs);
  const bytes = Uint8Array.from({ length: count }, (_, index) => index);
  const first = Math.ceil(count / 3);
  const parts = [{ batchId: 1, signals: first }, { batchId: 2, signals: count - first }];
  return { body: { ...body, bytes }, parts: parts.filter(({ signals }) => signals > 0) };
}

/** Parts the bytes in the middle; what is judged by its age is too old. */
export const selectNumbered: ShardContext["select"] = (request, which) => {
  if ("cutoffMs" in which) return { request: undefined, rest: request.parts };
  const reader = {
    select: (body: SealedRequest["body"]) => {
      const kept = new Uint8Array(body.signals);
      if (body.signals < 2) return { body: undefined, kept };
      const middle = body.signals >> 1;
      const [from, to] = which.half === "first" ? [0, middle] : [middle, body.signals];
      const signals = to - from;
      const bytes = body.bytes.slice(from, to);
      const half = { ...body, bytes, signals, kinds: samplesOnly(signals) };
      return { body: half, kept: kept.fill(1, from, to) };
    },
  };
  return selectSignals(reader as never, request, which);
};

/** Nothing can be parted; what is judged by its age is too old. */
export const selectNone: ShardContext["select"] = ({ parts }) => ({
  request: undefined,
  rest: parts,
});

/** Outcome, batch, signals. */
export type Outcome = readonly ["delivered" | DropReason, number, number];

/** A shard, what it sent and what came of it. */
export interface BegunShard extends Omit<StartedShard, "outcomes"> {
  /** The numbers in each request. */
  readonly sent: number[][];
  readonly outcomes: Outcome[];
}

/** A shard that splits, before an endpoint that sees the numbers in a request. */
export function begin(
  answer: (body: number[], request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
  options: Partial<SendOptions> = {},
  context: Partial<ShardContext> = {},
): BegunShard {
  const sent: number[][] = [];
  const outcomes: Outcome[] = [];
  const started = start(
    (request) => {
      sent.push([...request.body!]);
      return answer([...request.body!], request);
    },
    { splitOnBadRequest: true, ...options },
    {
      select: selectNumbered,
      settle: (parts: readonly RequestPart[], outcome) => {
        for (const { batchId, signals } of parts) outcomes.push([outcome, batchId, signals]);
      },
      ...context,
    },
  );
  return { ...started, sent, outcomes };
}

/** Signals by outcome and batch. */
export function totals(outcomes: readonly Outcome[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [outcome, batchId, signals] of outcomes) {
    sums[`${outcome} ${batchId}`] = (sums[`${outcome} ${batchId}`] ?? 0) + signals;
  }
  return sums;
}
