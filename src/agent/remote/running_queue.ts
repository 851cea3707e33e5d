import * as v from "valibot";
import type {
  DropChoice,
  DroppedBatches,
  PassedOver,
  QueueActions,
  RejectedChoice,
  RejectedRequest,
  ReplayChoice,
  ReplayedBatches,
  RetriedRequests,
  RetryChoice,
} from "../../contracts.ts";
import { type ApiClient, AskError } from "./api_client.ts";

const LOOK_MS_MAX = 30_000;
/** A backlog of a million files takes minutes. */
const ACT_MS_MAX = 6 * 60 * 60 * 1000;

const COUNTS = v.object({ batches: v.number(), signals: v.number() });
const DROPPED = v.object({
  ...COUNTS.entries,
  partOf: v.optional(v.object({ stream: v.string(), sent: v.number(), partitions: v.number() })),
});
const PASSED_OVER = { damaged: v.number(), damagedFiles: v.array(v.string()) };
const DAMAGED = v.object(PASSED_OVER);
const REPLAYED = v.object({ ...COUNTS.entries, ...PASSED_OVER });
const RETRIED = v.object({
  requests: v.number(),
  signals: v.number(),
  ...PASSED_OVER,
  unknownIds: v.array(v.string()),
});
const REJECTED = v.array(v.looseObject({
  endpoint: v.string(),
  id: v.string(),
  rejectedAtMs: v.number(),
  status: v.optional(v.number()),
  reason: v.string(),
  signals: v.number(),
  bytes: v.number(),
  oldestMs: v.number(),
  newestMs: v.number(),
  protobufMessage: v.string(),
}));

/** The queue of a program that runs, by its HTTP API. */
export class RunningQueue implements QueueActions {
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  get shown(): string {
    return this.#api.shown;
  }

  /** The answer of `/api/v1/status`, as it is. */
  status(): Promise<unknown> {
    return this.#api.ask("/api/v1/status", LOOK_MS_MAX);
  }

  async rejected(choice: RejectedChoice = {}): Promise<readonly RejectedRequest[]> {
    const data = await this.#api.data(`/api/v1/queue/rejected${queryOf(choice)}`, LOOK_MS_MAX);
    return this.#read(REJECTED, data) as unknown as readonly RejectedRequest[];
  }

  async damagedRejected(choice: RejectedChoice = {}): Promise<PassedOver> {
    const path = `/api/v1/queue/rejected/damaged${queryOf(choice)}`;
    return this.#read(DAMAGED, await this.#api.data(path, LOOK_MS_MAX));
  }

  retryRejected({ endpoint, ids }: RetryChoice = {}): Promise<RetriedRequests> {
    return this.#post("retry-rejected", { endpoint, ids }, RETRIED);
  }

  replay({ endpoint, fromMs, toMs, dryRun }: ReplayChoice): Promise<ReplayedBatches> {
    const body = { endpoint, from_ms: fromMs, to_ms: toMs, dry_run: dryRun };
    return this.#post("replay", body, REPLAYED);
  }

  dropBefore({ endpoint, beforeMs, future, dryRun }: DropChoice): Promise<DroppedBatches> {
    return this.#post("drop", { endpoint, before_ms: beforeMs, future, dry_run: dryRun }, DROPPED);
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  async #post<Schema extends v.GenericSchema>(
    action: string,
    body: object,
    schema: Schema,
  ): Promise<v.InferOutput<Schema>> {
    const posted = { contentType: "application/json", text: JSON.stringify(body) };
    return this.#read(schema, await this.#api.data(`/api/v1/queue/${action}`, ACT_MS_MAX, posted));
  }

  #read<Schema extends v.GenericSchema>(schema: Schema, data: unknown): v.InferOutput<Schema> {
    const result = v.safeParse(schema, data, { abortEarly: true });
    if (result.success) return result.output;
    const [issue] = result.issues;
    const where = v.getDotPath(issue) ?? "the data";
    throw new AskError(`${this.shown} answered, but not as walq does: ${where}: ${issue.message}`);
  }
}

function queryOf({ endpoint }: RejectedChoice): string {
  return endpoint === undefined ? "" : `?endpoint=${encodeURIComponent(endpoint)}`;
}
