import type { Figure } from "./comparison.ts";
import type { RelayCost } from "./relay.ts";

const MIB = 1024 * 1024;

export function cpuOf({ cpuUs, load }: RelayCost): number {
  return cpuUs / load.samples;
}

export function peakRssOf({ peakRssBytes }: RelayCost): number {
  return peakRssBytes / MIB;
}

/** What all tables of relaying have. */
export const RELAY_FIGURES: readonly Figure<RelayCost>[] = [
  { name: "CPU, µs a sample", of: cpuOf, digits: 3 },
  { name: "peak RSS, MiB", of: peakRssOf, digits: 0 },
  {
    name: "out, bytes a sample",
    of: ({ sink }) => sink.wireBytes / sink.samples,
    digits: 1,
  },
  {
    name: "in files, bytes a sample",
    of: ({ fileBytes, load }) => fileBytes / load.samples,
    digits: 1,
  },
  { name: "samples out a request", of: ({ sink }) => sink.samples / sink.requests, digits: 0 },
  { name: "missing", of: ({ missing }) => missing, digits: 0 },
];

/** What a second table has, for those who ask why. */
export const MORE_RELAY_FIGURES: readonly Figure<RelayCost>[] = [
  {
    name: "to storage, bytes a sample",
    of: ({ storageBytes, load }) => storageBytes / load.samples,
    digits: 1,
  },
  { name: "answer, ms, median", of: ({ load }) => load.answerMsMedian, digits: 1 },
  { name: "answer, ms, 99%", of: ({ load }) => load.answerMs99, digits: 1 },
  { name: "load took, s", of: ({ load }) => load.seconds, digits: 1 },
];
