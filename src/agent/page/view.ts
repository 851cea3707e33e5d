/** What is shown of a queue, made of its numbers. */
import type { BacklogPart } from "../../contracts.ts";
import { shownUrl } from "../../shown_url.ts";
import type { EndpointDetails } from "../../stats/endpoint_details.ts";
import type { EndpointSnapshot, LaneSnapshot } from "../../stats/endpoint_snapshot.ts";
import type { QueueSnapshot } from "../../stats/queue_stats.ts";
import type { RecentAnswer } from "../../stats/recent_answers.ts";
import type { Rates } from "./history.ts";
import type { AgeBar, AnswerLine, EndpointEvent, EndpointLine, SumLine } from "./protocol.ts";
import { stateOf } from "./state.ts";
import { bytesWords, durationWords, spanWords, wholeWords } from "./words.ts";

/** What all lines are made with. */
export interface ViewContext {
  readonly queue: QueueSnapshot;
  readonly nowMs: number;
  readonly ratesOf: (name: string) => Rates;
  readonly detailsOf: (name: string) => EndpointDetails | undefined;
  /** Undefined where it is not known. */
  readonly freeBytes: number | undefined;
  /** What the file calls endpoints, where that is not their own name. */
  readonly titles: ReadonlyMap<string, string>;
}

/** One endpoint in a line. */
export function lineOf(endpoint: EndpointSnapshot, context: ViewContext): EndpointLine {
  const { queue, nowMs, ratesOf, detailsOf, titles } = context;
  const { name } = endpoint;
  const rates = ratesOf(name);
  const { kind, sentence } = stateOf({
    endpoint,
    rates,
    nowMs,
    oldestMs: detailsOf(name)?.backlog.find(({ fromMs }) => fromMs !== undefined)?.fromMs,
    disk: diskOf(context),
    dataPathLost: queue.dataPathLost,
    stream: queue.stream,
  });
  const { dropped, difference } = sumOf(endpoint);
  return {
    name,
    title: titles.get(name) ?? name,
    kind,
    sentence,
    inPerSecond: rates.inPerSecond,
    outPerSecond: rates.outPerSecond,
    droppedPerSecond: rates.droppedPerSecond,
    pendingSignals: endpoint.pendingSignals,
    pendingBytes: endpoint.pendingBytes,
    droppedTotal: dropped.reduce((sum, [, signals]) => sum + signals, 0),
    closes: difference === 0,
  };
}

/** Endpoints share what they store: the disk fills as fast as the one that grows fastest. */
function diskOf({ queue, ratesOf, freeBytes }: ViewContext) {
  if (freeBytes === undefined) return undefined;
  const growths = queue.endpoints.map(({ name }) => ratesOf(name).growthBytesPerSecond);
  return { freeBytes, growthBytesPerSecond: Math.max(0, ...growths) };
}

/** accepted = delivered + dropped by reason + handed over + pending. */
export function sumOf(endpoint: EndpointSnapshot): SumLine {
  const { acceptedTotal, deliveredTotal, droppedTotal, handedOverTotal, pendingSignals } = endpoint;
  const dropped = Object.entries(droppedTotal).filter(([, signals]) => signals !== 0);
  const droppedSum = dropped.reduce((sum, [, signals]) => sum + signals, 0);
  return {
    accepted: acceptedTotal,
    delivered: deliveredTotal,
    dropped,
    handedOver: handedOverTotal,
    pending: pendingSignals,
    uncountedBatches: endpoint.uncountedBatches,
    difference: acceptedTotal - deliveredTotal - droppedSum - handedOverTotal - pendingSignals,
  };
}

/** One endpoint, all of it. */
export function endpointEvent(endpoint: EndpointSnapshot, context: ViewContext): EndpointEvent {
  const { answers = [], backlog = [] } = context.detailsOf(endpoint.name) ?? {};
  return {
    line: lineOf(endpoint, context),
    url: shownUrl(endpoint.url),
    sum: sumOf(endpoint),
    ages: ageBars(backlog, context.nowMs),
    answers: answers.map(answerLine).reverse(),
    facts: factsOf(endpoint, context),
  };
}

/** Bars of the backlog, the youngest first: each is for what has waited longer than the one before. */
const AGES_MS: readonly number[] = [
  60_000,
  5 * 60_000,
  15 * 60_000,
  3_600_000,
  3 * 3_600_000,
  6 * 3_600_000,
  12 * 3_600_000,
  86_400_000,
  3 * 86_400_000,
  7 * 86_400_000,
];

/** What waits, by its age; the bars behind the oldest of it are left out. */
export function ageBars(backlog: readonly BacklogPart[], nowMs: number): AgeBar[] {
  const bars = [...AGES_MS, Infinity].map((toMs, at) => {
    const fromMs = AGES_MS[at - 1] ?? 0;
    const label = toMs === Infinity
      ? `more than ${spanWords(fromMs)}`
      : fromMs === 0
      ? `up to ${spanWords(toMs)}`
      : `${spanWords(fromMs)} to ${spanWords(toMs)}`;
    return { toMs, label, signals: 0, bytes: 0 };
  });
  const found = { label: "", signals: 0, bytes: 0 };
  for (const { fromMs, untilMs, signals, bytes } of backlog) {
    // A part stands for a span: it is as old as the middle of that.
    const ageMs = nowMs - (fromMs === undefined ? untilMs : (fromMs + untilMs) / 2);
    const bar = fromMs === undefined ? found : bars.find(({ toMs }) => ageMs <= toMs)!;
    if (fromMs === undefined) found.label = `from before the start, ${durationWords(ageMs)} ago`;
    bar.signals += signals;
    bar.bytes += bytes;
  }
  const last = bars.findLastIndex(({ bytes }) => bytes > 0);
  const shown = bars.slice(0, last + 1).map(({ toMs: _, ...bar }) => bar);
  return found.bytes > 0 ? [...shown, found] : shown;
}

const OUTCOMES: Readonly<Record<RecentAnswer["outcome"], string>> = {
  delivered: "delivered",
  rejected: "refused for good",
  retried: "tried again",
  gave_up: "given up",
};

function answerLine({ status, outcome, words = "", ...line }: RecentAnswer): AnswerLine {
  return {
    ...line,
    status: status === undefined ? "no answer" : String(status),
    outcome: OUTCOMES[outcome],
    words,
  };
}

function factsOf(
  endpoint: EndpointSnapshot,
  { freeBytes }: ViewContext,
): EndpointEvent["facts"] {
  const { shards, shardsDesired, shardsMin, shardsMax, diskBytesMax, clockConfirmed } = endpoint;
  const desired = shardsDesired === shards ? "" : `, ${shardsDesired} wanted`;
  const ofBytes = diskBytesMax === 0 ? "" : ` of ${bytesWords(diskBytesMax)}`;
  const free = freeBytes === undefined ? "" : `; ${bytesWords(freeBytes)} free on the disk`;
  const { count, sumSeconds } = endpoint.requestDuration;
  const mean = count === 0 ? "" : `, ${shortWords(sumSeconds / count)} on average`;
  return [
    ["Shards", `${shards}${desired} (${shardsMin} to ${shardsMax})`],
    [
      "On disk",
      `${wholeWords(endpoint.pendingBatches)} files, ` +
      `${bytesWords(endpoint.pendingBytes)}${ofBytes}${free}`,
    ],
    ["Waits at most", endpoint.ttlMs === 0 ? "for ever" : durationWords(endpoint.ttlMs)],
    ["Requests", `${wholeWords(endpoint.requestsTotal)}${mean}`],
    ["Sent", bytesWords(endpoint.sentBytesTotal)],
    ["Tried again", `${wholeWords(endpoint.retriedTotal)} signals`],
    ["Protocol", endpoint.protobufMessage],
    ["Order", orderWords(endpoint)],
    ...lanesOf(endpoint),
    ["Clock", clockConfirmed ? clockWords(endpoint.clockAheadMs) : "not confirmed yet"],
  ];
}

function orderWords({ sendOrder, orderRefusal }: EndpointSnapshot): string {
  const asked = sendOrder === "strict" ? "strict" : "fresh first";
  return orderRefusal === undefined ? asked : `strict, as it says: ${orderRefusal.slice(0, 200)}`;
}

/** What is sent first and what behind it, while there are two lanes. */
function lanesOf({ lanes }: EndpointSnapshot): EndpointEvent["facts"] {
  if (lanes === undefined) return [];
  const words = ({ pendingBatches, oldestAgeMs }: LaneSnapshot): string =>
    `${wholeWords(pendingBatches)} files, the oldest for ${durationWords(oldestAgeMs)}`;
  return [["Fresh lane", words(lanes.fresh)], ["Backlog lane", words(lanes.backlog)]];
}

/** Milliseconds, for what is short. */
function shortWords(seconds: number): string {
  return seconds < 2 ? `${Math.round(seconds * 1000)} ms` : durationWords(seconds * 1000);
}

function clockWords(aheadMs: number): string {
  if (Math.abs(aheadMs) < 2_000) return "as the endpoint's";
  const side = aheadMs > 0 ? "ahead of" : "behind";
  return `${durationWords(Math.abs(aheadMs))} ${side} the endpoint's`;
}
