/** What the page is told: the events of its stream, and answers to what it asks. The browser's code has these types too. */

/** How an endpoint is, for a colour: all else is in the sentence. */
export type StateKind = "fine" | "behind" | "losing" | "down" | "refused" | "stopped";

/** What is looked at: the page says it when it opens its stream. */
export type View = "overview" | "endpoint" | "targets" | "rules";

/** One endpoint in a line. */
export interface EndpointLine {
  /** As the queue calls it: its directory's name. */
  readonly name: string;
  /** As the file calls it. */
  readonly title: string;
  readonly kind: StateKind;
  readonly sentence: string;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  /** In the last minute. */
  readonly droppedPerSecond: number;
  readonly pendingSignals: number;
  readonly pendingBytes: number;
  readonly droppedTotal: number;
  /** Whether accepted = delivered + dropped + pending. */
  readonly closes: boolean;
}

/** `overview`: what has changed since the event before; all of it at first. */
export interface OverviewEvent {
  /** All names in their order, where that has changed. */
  readonly names?: readonly string[];
  readonly lines: readonly EndpointLine[];
}

/** `names`: those of all endpoints, and what the file calls them. */
export type NamesEvent = readonly (readonly [name: string, title: string])[];

/** `gone`: there is no such endpoint. */
export interface GoneEvent {
  readonly name: string;
}

/** `queue`: all endpoints together. */
export interface QueueLine {
  readonly version: string;
  readonly runtime: string;
  readonly startedMs: number;
  readonly phase: string;
  readonly dataPath: string;
  readonly pendingSignals: number;
  /** Turned away before they were accepted. */
  readonly refusedTotal: number;
  readonly endpoints: number;
  /** Those that take nothing now. */
  readonly endpointsDown: number;
  /** Those whose sum does not close. */
  readonly endpointsOff: number;
  /** Something that concerns the whole queue. */
  readonly troubles: readonly string[];
  readonly targetsUp: number;
  readonly targetsDown: number;
  readonly targetsUnknown: number;
}

/** The sum of an endpoint. */
export interface SumLine {
  readonly accepted: number;
  readonly delivered: number;
  /** By reason, those that are not 0. */
  readonly dropped: readonly (readonly [reason: string, signals: number])[];
  /** Another process took it over; 0 where the queue is in files. */
  readonly handedOver: number;
  readonly pending: number;
  /** Found at the start and not counted yet: the sum grows by them. */
  readonly uncountedBatches: number;
  /** 0, if walq is right. */
  readonly difference: number;
}

/** A bar of the picture of the backlog. */
export interface AgeBar {
  readonly label: string;
  readonly signals: number;
  readonly bytes: number;
}

/** An answer of the endpoint, as often as it came in a row. */
export interface AnswerLine {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly status: string;
  readonly outcome: string;
  readonly words: string;
  readonly signals: number;
  readonly durationMs: number;
}

/** `endpoint`: one endpoint, all of it. */
export interface EndpointEvent {
  readonly line: EndpointLine;
  readonly url: string;
  readonly sum: SumLine;
  readonly ages: readonly AgeBar[];
  /** The newest first. */
  readonly answers: readonly AnswerLine[];
  /** Names and values that need no picture: shards, disk, clock. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** `history`: what went in and out, by steps; the last one ends at `endMs`. */
export interface HistoryEvent {
  readonly span: HistorySpan;
  readonly endMs: number;
  readonly stepMs: number;
  readonly inPerSecond: readonly number[];
  readonly outPerSecond: readonly number[];
  readonly droppedPerSecond: readonly number[];
  readonly pending: readonly number[];
}

export type HistorySpan = "30m" | "24h";

/** A file in `quarantine/`. */
export interface QuarantinedLine {
  readonly file: string;
  readonly bytes: number;
  readonly reason: string;
}

/** A request that was refused for good, and is kept. */
export interface RejectedLine {
  readonly id: string;
  readonly rejectedAtMs: number;
  readonly status: string;
  readonly reason: string;
  readonly signals: number;
  readonly bytes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** `files`: what was set aside of an endpoint. */
export interface FilesEvent {
  readonly quarantined: readonly QuarantinedLine[];
  /** Those that were refused for good, the newest first. */
  readonly rejected: readonly RejectedLine[];
  /** There are more than are shown. */
  readonly rejectedTotal: number;
  /** Whether the page may send it again. */
  readonly mayRetry: boolean;
}

/** One target. */
export interface TargetLine {
  readonly id: string;
  readonly job: string;
  readonly url: string;
  readonly health: "up" | "down" | "unknown";
  readonly error: string;
  readonly labels: string;
  readonly lastScrapeMs: number;
  readonly durationMs: number;
}

/** `targets`: one page of them. */
export interface TargetsEvent {
  readonly total: number;
  readonly offset: number;
  readonly jobs: readonly string[];
  readonly lines: readonly TargetLine[];
}

/** `sample`: what there is to try rules on. */
export interface SampleEvent {
  readonly series: number;
  readonly samples: number;
  readonly batches: number;
  readonly isFull: boolean;
  readonly sinceMs: number;
}

/** One series, before and after the rules. */
export interface TriedSeries {
  readonly before: string;
  /** Empty for one that is dropped. */
  readonly after: string;
  readonly samples: number;
}

/** What rules make of the sample. */
export interface TriedRules {
  /** What is wrong with them, a line each; then nothing was tried. */
  readonly problems: readonly string[];
  readonly series: number;
  readonly samples: number;
  readonly kept: number;
  readonly changed: number;
  readonly dropped: number;
  /** Given up for another reason than that a rule says so: too large, or no label set. */
  readonly broken: number;
  readonly droppedSamples: number;
  /** Series that became the same as another one. */
  readonly merged: number;
  /** Of each kind a few. */
  readonly examples: {
    readonly dropped: readonly TriedSeries[];
    readonly changed: readonly TriedSeries[];
    readonly kept: readonly TriedSeries[];
  };
  /** Whether the time was enough for all. */
  readonly isComplete: boolean;
}
