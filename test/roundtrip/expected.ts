/** What is to be expected of signals that go in one way and come out another. */
import type {
  LabelPairs,
  MetadataForm,
  RequestForm,
  SeriesForm,
  Signal,
} from "../support/signals.ts";
import { sorted } from "./arbitraries.ts";
import type { BatchFormat } from "../../src/contracts.ts";
import type { Version } from "../support/remote_write.ts";

/** All that a test compares: what has a value is text, so that it shows in a failure. */
export interface Content {
  /** Samples and histograms by series, in order. */
  readonly values: Record<string, string[]>;
  readonly exemplars: Record<string, string[]>;
  readonly metadata: string[];
}

export function show(value: unknown): string {
  return JSON.stringify(value, (_, one) => typeof one === "bigint" ? `${one}n` : one);
}

export function keyOf(labels: LabelPairs): string {
  return show(labels);
}

/** The content of requests, in the order in which they were sealed. */
export function contentOf(requests: readonly RequestForm[]): Content {
  const values: Record<string, string[]> = {};
  const exemplars: Record<string, string[]> = {};
  const metadata: string[] = [];
  for (const request of requests) {
    metadata.push(...request.metadata.map(show));
    for (const { labels, signals } of request.series) {
      for (const signal of signals) {
        const to = signal.kind === "exemplar" ? exemplars : values;
        (to[keyOf(labels)] ??= []).push(show(signal));
      }
    }
  }
  return { values, exemplars, metadata: metadata.sort() };
}

/** The metadata that series carry, each entry once. */
export function carried(requests: readonly RequestForm[]): string[] {
  const all = requests.flatMap(({ series }) => series.flatMap(({ metadata }) => metadata ?? []));
  return [...new Set(all.map(show))].sort();
}

/** What the way in makes of signals: 1.0 has no start timestamps. */
export function afterInput(series: readonly SeriesForm[], input: Version): SeriesForm[] {
  if (input !== "v1") return [...series];
  return series.map((one) => ({ ...one, signals: one.signals.map(withoutStart) }));
}

/** What a file can hold of them: Alloy's has no exemplars, custom buckets and start timestamps. */
export function afterFormat(
  series: readonly SeriesForm[],
  format: BatchFormat,
): { kept: SeriesForm[]; unsupported: number } {
  if (format === "walq.metrics.v1") return { kept: [...series], unsupported: 0 };
  const isKept = (signal: Signal): boolean => signal.kind !== "exemplar" && !isCustom(signal);
  const all = series.flatMap(({ signals }) => signals);
  return {
    kept: series.map((one) => ({ ...one, signals: one.signals.filter(isKept).map(withoutStart) })),
    unsupported: all.filter((signal) => !isKept(signal)).length,
  };
}

/** What the way out makes of labels: all of them, and external ones where there is none of the name. */
export function afterLabels(
  series: readonly SeriesForm[],
  external: Readonly<Record<string, string>>,
): SeriesForm[] {
  return series.map((one) => {
    const own = new Map(one.labels);
    const added = Object.entries(external).filter(([name]) => !own.has(name));
    return { ...one, labels: sorted([...one.labels, ...added]) };
  });
}

/** What 1.0 makes of signals on the way out: no start timestamps, no custom buckets. */
export function afterV1(series: readonly SeriesForm[]): SeriesForm[] {
  return series.map((one) => ({
    ...one,
    signals: one.signals.filter((signal) => !isCustom(signal)).map(withoutStart),
  }));
}

export function isCustom(signal: Signal): boolean {
  return signal.kind === "histogram" && signal.histogram.schema === -53;
}

export function withoutStart(signal: Signal): Signal {
  return signal.kind === "exemplar" ? signal : { ...signal, startMs: 0n };
}

/** Metadata on every series that has the name of its family. */
export function withMetadata(
  series: readonly SeriesForm[],
  metadata: readonly MetadataForm[],
): SeriesForm[] {
  return series.map((one) => {
    const name = one.labels.find(([label]) => label === "__name__")![1];
    const found = metadata.find(({ family }) => family === name);
    // One without anything says nothing.
    const says = found && (found.type !== 0 || found.help !== "" || found.unit !== "");
    return says ? { ...one, metadata: found } : one;
  });
}
