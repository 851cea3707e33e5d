import * as v from "valibot";
import type { StreamSnapshot } from "../../contracts.ts";
import { formatDuration } from "../../duration.ts";
import { shownMoment } from "../commands/moment.ts";
import { type Column, shownBytes, shownCount } from "../commands/text_table.ts";
import { AskError } from "./api_client.ts";
import { oneLine } from "../../visible_text.ts";

const COUNT = v.number();
/** A walq of another version may have more, or less. */
const ENDPOINT: v.GenericSchema<unknown, EndpointStatus> = v.looseObject({
  name: v.string(),
  pendingSignals: COUNT,
  pendingBatches: COUNT,
  pendingBytes: COUNT,
  uncountedBatches: v.optional(COUNT, 0),
  lagSeconds: v.optional(COUNT, 0),
  incomingSignalsTotal: v.optional(COUNT, 0),
  deliveredTotal: v.optional(COUNT, 0),
  droppedTotal: v.optional(v.record(v.string(), COUNT), {}),
  shards: v.optional(COUNT, 0),
  shardsMax: v.optional(COUNT, 0),
  refusedMs: v.optional(COUNT, 0),
  failingForMs: v.optional(COUNT, 0),
  lastError: v.optional(v.string()),
  rejectedFiles: v.optional(COUNT, 0),
});
const STREAM: v.GenericSchema<unknown, StreamStatus> = v.looseObject({
  stream: v.string(),
  partitions: COUNT,
  sends: v.boolean(),
  sent: v.array(COUNT),
  senders: v.array(v.string()),
  unowned: COUNT,
  notFollowed: v.optional(v.string()),
});
const QUEUE: v.GenericSchema<unknown, NonNullable<QueueStatus["queue"]>> = v.looseObject({
  storeFailing: v.optional(v.boolean(), false),
  storeFailure: v.optional(v.looseObject({ sinceMs: COUNT, lastError: v.string() })),
  stream: v.optional(STREAM),
});
const STATUS: v.GenericSchema<unknown, QueueStatus> = v.looseObject({
  phase: v.string(),
  queue: v.optional(QUEUE),
  endpoints: v.array(ENDPOINT),
});

/** What is shown of an endpoint, and whatever else there is. */
interface EndpointStatus {
  readonly name: string;
  readonly pendingSignals: number;
  readonly pendingBatches: number;
  readonly pendingBytes: number;
  readonly uncountedBatches: number;
  readonly lagSeconds: number;
  readonly incomingSignalsTotal: number;
  readonly deliveredTotal: number;
  readonly droppedTotal: Readonly<Record<string, number>>;
  readonly shards: number;
  readonly shardsMax: number;
  readonly refusedMs: number;
  readonly failingForMs: number;
  readonly lastError?: string | undefined;
  readonly rejectedFiles: number;
}

/** What is shown of the stream that a queue is in. */
type StreamStatus = Pick<
  StreamSnapshot,
  "stream" | "partitions" | "sends" | "sent" | "senders" | "unowned" | "notFollowed"
>;

/** The state of a queue, of whoever told it. */
export interface QueueStatus {
  readonly phase: string;
  /** Of a directory that nobody uses nothing of it is known. */
  readonly queue?: {
    readonly storeFailing: boolean;
    readonly storeFailure?: { readonly sinceMs: number; readonly lastError: string } | undefined;
    readonly stream?: StreamStatus | undefined;
  } | undefined;
  readonly endpoints: readonly EndpointStatus[];
}

/** Signals a second that came in and were delivered. */
export interface Rates {
  readonly in: number;
  readonly out: number;
}

/** @throws {AskError} for what is no status. */
export function readStatus(value: unknown): QueueStatus {
  const result = v.safeParse(STATUS, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? "the answer";
  throw new AskError(`the answer is no status of walq: ${where}: ${issue.message}`);
}

/** By the names of endpoints, between two looks; none of one that was not there, or has begun anew. */
export function ratesOf(
  before: QueueStatus,
  after: QueueStatus,
  elapsedMs: number,
): ReadonlyMap<string, Rates> {
  const rates = new Map<string, Rates>();
  for (const { name, incomingSignalsTotal, deliveredTotal } of after.endpoints) {
    const was = before.endpoints.find((one) => one.name === name);
    if (was === undefined || incomingSignalsTotal < was.incomingSignalsTotal) continue;
    const a = (count: number): number => 1000 * count / Math.max(1, elapsedMs);
    rates.set(name, {
      in: a(incomingSignalsTotal - was.incomingSignalsTotal),
      out: a(Math.max(0, deliveredTotal - was.deliveredTotal)),
    });
  }
  return rates;
}

/** The head of the table for people. */
export const STATUS_COLUMNS: readonly Column[] = [
  { title: "ENDPOINT" },
  { title: "STATE" },
  { title: "PENDING", isNumber: true },
  { title: "FILES", isNumber: true },
  { title: "SIZE", isNumber: true },
  { title: "BEHIND", isNumber: true },
  { title: "IN/S", isNumber: true },
  { title: "OUT/S", isNumber: true },
  { title: "SHARDS", isNumber: true },
  { title: "DELIVERED", isNumber: true },
  { title: "DROPPED", isNumber: true },
  { title: "REJECTED", isNumber: true },
];

/** One endpoint in it. */
export function statusRow(
  endpoint: EndpointStatus,
  { phase, rates, stream }: {
    readonly phase: string;
    readonly rates: Rates | undefined;
    readonly stream?: StreamStatus | undefined;
  },
): string[] {
  const isStopped = phase === "stopped";
  const rate = (count: number | undefined): string => count === undefined ? "-" : shownRate(count);
  return [
    endpoint.name,
    stateOf(endpoint, phase, stream),
    shownCount(endpoint.pendingSignals) + (endpoint.uncountedBatches > 0 ? "+" : ""),
    shownCount(endpoint.pendingBatches),
    shownBytes(endpoint.pendingBytes),
    endpoint.lagSeconds === 0 ? "-" : seconds(endpoint.lagSeconds * 1000),
    rate(rates?.in),
    rate(rates?.out),
    isStopped ? "-" : `${endpoint.shards}/${endpoint.shardsMax}`,
    isStopped ? "-" : shownCount(endpoint.deliveredTotal),
    isStopped ? "-" : shownCount(droppedOf(endpoint)),
    shownCount(endpoint.rejectedFiles),
  ];
}

/** Where what comes in is stored, if there is something to say of it. */
export function storeLines({ queue }: QueueStatus): string[] {
  if (queue === undefined) return [];
  const { storeFailing, storeFailure, stream } = queue;
  if (stream === undefined && !storeFailing) return [];
  const store = stream === undefined ? "disk" : `stream ${stream.stream}`;
  const since = storeFailure && ` since ${shownMoment(storeFailure.sinceMs)}`;
  const takes = storeFailing ? `refuses what comes in${since ?? ""}` : "takes what comes in";
  return [
    oneLine(`${store}: ${[takes, ...(stream ? sendingWords(stream) : [])].join("; ")}`),
    ...(storeFailure ? [oneLine(`${store}: last error: ${storeFailure.lastError}`)] : []),
    ...(stream?.notFollowed
      ? [oneLine(`${store}: what is new is not seen, and not sent: ${stream.notFollowed}`)]
      : []),
  ];
}

function sendingWords({ sends, sent, partitions, unowned, senders }: StreamStatus): string[] {
  if (!sends) return ["this process sends nothing from it (sends: false)"];
  const [of, all] = [shownCount(sent.length), shownCount(partitions)];
  return [
    `this process sends ${of} of ${all} partitions`,
    `nobody sends ${shownCount(unowned)}`,
    `${shownCount(senders.length)} ${senders.length === 1 ? "sender" : "senders"}`,
  ];
}

/** What does not fit into a row: why signals were dropped, and what went wrong last. */
export function remarksOf({ endpoints }: QueueStatus): string[] {
  return endpoints.flatMap((endpoint) => {
    const reasons = Object.entries(endpoint.droppedTotal).filter(([, count]) => count > 0);
    const dropped = reasons.map(([reason, count]) => `${shownCount(count)} ${reason}`).join(", ");
    const { name, lastError } = endpoint;
    return [
      ...(dropped === "" ? [] : [oneLine(`${name}: dropped: ${dropped}`)]),
      ...(lastError === undefined ? [] : [oneLine(`${name}: last error: ${lastError}`)]),
    ];
  });
}

/** A few words, by what can be told from a single look. */
export function stateOf(
  endpoint: EndpointStatus,
  phase: string,
  stream?: Pick<StreamStatus, "sends" | "sent">,
): string {
  if (phase !== "ready") return phase;
  if (stream?.sends === false) return "not sent from here";
  if (stream?.sent.length === 0) return "has no partition";
  const { refusedMs, failingForMs, pendingSignals } = endpoint;
  if (refusedMs > 0) return `refused for ${seconds(refusedMs)}`;
  if (failingForMs > 0) return `down for ${seconds(failingForMs)}`;
  return pendingSignals === 0 ? "idle" : "sending";
}

function seconds(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1000)) * 1000);
}

function droppedOf({ droppedTotal }: EndpointStatus): number {
  return Object.values(droppedTotal).reduce((sum, count) => sum + count, 0);
}

function shownRate(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : shownCount(Math.round(rate));
}
