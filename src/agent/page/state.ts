/** How an endpoint is, in a sentence. */
import type { StreamSnapshot } from "../../contracts.ts";
import type { EndpointSnapshot } from "../../stats/endpoint_snapshot.ts";
import { lagMs } from "../status.ts";
import type { Rates } from "./history.ts";
import type { StateKind } from "./protocol.ts";
import { countWords, durationWords } from "./words.ts";

/** A first attempt that fails is no outage. */
const DOWN_MS = 10_000;
/** What is sent later than this is late. */
const BEHIND_MS = 60_000;
/** A forecast beyond it says nothing. */
const FORECAST_MS_MAX = 30 * 86_400_000;
/** A queue in which there is no room for another batch is full: it does not come nearer to its bound. */
const FULL_SHARE = 0.98;
const WORDS_LENGTH_MAX = 120;
/** How much more than what comes in an endpoint must have taken, to tell by that what it can take. */
const BEST_FACTOR_MIN = 1.2;

/** What the sentence is made of. */
export interface StateInput {
  readonly endpoint: EndpointSnapshot;
  readonly rates: Rates;
  readonly nowMs: number;
  /** When the oldest that is pending came in; undefined where that is not known. */
  readonly oldestMs: number | undefined;
  /** Bytes that the disk has left, and how fast that gets less; undefined where that is not known. */
  readonly disk: { readonly freeBytes: number; readonly growthBytesPerSecond: number } | undefined;
  /** Why nothing is stored or sent any more. */
  readonly dataPathLost: string | undefined;
  /** The queue in a stream, if it is in one. */
  readonly stream: Pick<StreamSnapshot, "sends" | "sent" | "partitions" | "unowned"> | undefined;
}

/** How an endpoint is. */
export interface State {
  readonly kind: StateKind;
  readonly sentence: string;
}

/** The state at this moment. */
export function stateOf(input: StateInput): State {
  const { endpoint, dataPathLost } = input;
  if (dataPathLost !== undefined) {
    return { kind: "stopped", sentence: `stopped: ${bounded(dataPathLost)}` };
  }
  if (input.stream !== undefined && input.stream.sent.length === 0) {
    const { sends, partitions, unowned } = input.stream;
    if (sends && unowned === partitions) {
      return { kind: "stopped", sentence: "not sent: nobody has the partitions of the stream" };
    }
    const sentence = sends
      ? "stands by: other processes send all partitions"
      : "not sent from here: this process only takes in";
    return { kind: "fine", sentence };
  }
  const { failingForMs: downMs, refusedMs, lastError } = endpoint;
  const why = lastError === undefined ? "" : `: ${bounded(lastError)}`;
  if (refusedMs > 0) {
    const sentence = `refused for ${durationWords(refusedMs)}${why}${forecast(input)}`;
    return { kind: "refused", sentence };
  }
  if (downMs >= DOWN_MS) {
    return {
      kind: "down",
      sentence: `down for ${durationWords(downMs)}${why}${forecast(input)}`,
    };
  }
  const { kind, sentence } = sending(input);
  const { lostPerSecond } = input.rates;
  if (lostPerSecond === 0) return { kind, sentence };
  return { kind: "losing", sentence: `${sentence}; loses ${countWords(lostPerSecond)}/s${why}` };
}

function sending({ endpoint, rates, nowMs }: StateInput): State {
  const { pendingSignals } = endpoint;
  if (pendingSignals === 0) {
    const sentence = rates.inPerSecond > 0 ? "sending, up to date" : "idle, nothing is pending";
    return { kind: "fine", sentence };
  }
  const behindMs = lagMs(endpoint, nowMs);
  const behind = `sending, ${durationWords(behindMs)} behind`;
  if (behindMs < BEHIND_MS) return { kind: "fine", sentence: behind };
  const drained = rates.outPerSecond - rates.inPerSecond;
  if (drained <= 0) {
    const more = rates.outPerSecond > 0 ? "; more comes in than goes out" : "";
    return { kind: "behind", sentence: behind + more };
  }
  const caughtUpMs = pendingSignals / drained * 1000;
  const when = caughtUpMs > FORECAST_MS_MAX ? "" : `; caught up in ${durationWords(caughtUpMs)}`;
  return { kind: "behind", sentence: behind + when };
}

/** What comes of it if it stays as it is, and how long it takes afterwards. */
function forecast(input: StateInput): string {
  if (input.endpoint.pendingSignals === 0) return "; nothing is pending";
  const parts = [lossWords(input), emptyWords(input)].filter((part) => part !== "");
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}

/** What will be lost first: by the disk or by the age. */
function lossWords(input: StateInput): string {
  const fullMs = fullInMs(input);
  const tooOldMs = tooOldInMs(input);
  if (tooOldMs !== undefined && tooOldMs <= (fullMs ?? Infinity)) {
    const loss = `drops what is older than ${durationWords(input.endpoint.ttlMs)}`;
    return tooOldMs <= 0 ? loss : `${loss} in ${durationWords(tooOldMs)}`;
  }
  if (fullMs === undefined) return "";
  return fullMs <= 0 ? "full" : `full in ${durationWords(fullMs)}`;
}

/** When `max_disk_bytes` or the disk is used up; undefined where that is not in sight. */
function fullInMs({ endpoint, rates, disk }: StateInput): number | undefined {
  const { diskBytesMax, pendingBytes } = endpoint;
  const own = diskBytesMax === 0
    ? undefined
    : untilMs(diskBytesMax * FULL_SHARE - pendingBytes, rates.growthBytesPerSecond);
  const whole = disk && untilMs(disk.freeBytes, disk.growthBytesPerSecond);
  if (own === undefined || whole === undefined) return own ?? whole;
  return Math.min(own, whole);
}

function untilMs(leftBytes: number, bytesPerSecond: number): number | undefined {
  if (leftBytes <= 0) return 0;
  if (bytesPerSecond <= 0) return undefined;
  const ms = leftBytes / bytesPerSecond * 1000;
  return ms > FORECAST_MS_MAX ? undefined : ms;
}

/** When the oldest that waits is too old. */
function tooOldInMs({ endpoint: { ttlMs }, oldestMs, nowMs }: StateInput): number | undefined {
  if (ttlMs === 0 || oldestMs === undefined) return undefined;
  const ms = oldestMs + ttlMs - nowMs;
  return ms > FORECAST_MS_MAX ? undefined : ms;
}

/** How long it takes to send what waits, at the best rate that was seen. */
function emptyWords({ endpoint: { pendingSignals }, rates }: StateInput): string {
  // An endpoint that has kept up has shown no more than what came in: that is not all it can take.
  if (rates.bestOutPerSecond < BEST_FACTOR_MIN * rates.inPerSecond) return "";
  const drained = rates.bestOutPerSecond - rates.inPerSecond;
  if (drained === 0) return "";
  const ms = pendingSignals / drained * 1000;
  return ms > FORECAST_MS_MAX ? "" : `empty ${durationWords(ms)} after it is back`;
}

function bounded(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= WORDS_LENGTH_MAX ? line : `${line.slice(0, WORDS_LENGTH_MAX - 1)}…`;
}
