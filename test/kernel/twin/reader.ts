/** The open requests of the shards as lists of rows. */
import type { Relabel } from "../../../src/contracts.ts";
import type { Labels } from "../../../src/types.ts";
import { normalise, shardOf } from "./labels.ts";
import { compareBytes, isUtf8, keyOf, type Label, label, type Row } from "./model.ts";
import { writeRows } from "./request_write.ts";

export interface TwinOptions {
  readonly shards: number;
  readonly requestSignalsMax: number;
  readonly externalLabels: Labels;
  /** As a reader has it; it adds the external labels itself. */
  readonly relabel?: Relabel | undefined;
}

export interface TwinRequest {
  readonly shard: number;
  readonly rows: readonly Row[];
}

function isSent({ name }: Label): boolean {
  return keyOf(name) !== "";
}

/** What Alloy made of an exemplar, and text that is not UTF-8: seen when the file is read. */
function isForeign({ labels, sample, hash }: Row): boolean {
  const hasName = labels.some(({ name }) => keyOf(name) === "__name__");
  return (!hasName && sample.bits === 0n && hash !== 0n) ||
    labels.some(({ name, value }) => !isUtf8(name) || !isUtf8(value));
}

function isBroken(labels: readonly Label[]): boolean {
  const names = normalise(labels).map(({ name }) => keyOf(name));
  return names.includes("") || new Set(names).size < names.length;
}

/** Whether an endpoint would take the row. */
export function isSound(row: Row): boolean {
  return !isForeign(row) && !isBroken(row.labels);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export class TwinReader {
  readonly #options: TwinOptions;
  readonly open: Row[][];
  /** Requests in the order in which they were full. */
  readonly sealed: TwinRequest[] = [];
  expired = 0;
  unsupported = 0;
  droppedSeries = 0;
  tooLarge = 0;

  constructor(options: TwinOptions) {
    this.#options = options;
    this.open = Array.from({ length: options.shards }, () => []);
  }

  /** The labels of a request's series. */
  #sentLabels(labels: readonly Label[]): Label[] {
    const own = normalise(labels);
    const names = new Set(own.map(({ name }) => keyOf(name)));
    const { externalLabels, relabel } = this.#options;
    const external = Object.entries(relabel === undefined ? externalLabels : {})
      .map(([name, value]) => label(name, value))
      .filter(({ name, value }) => value.length > 0 && !names.has(keyOf(name)));
    return [...own, ...external].filter(isSent).sort((a, b) => compareBytes(a.name, b.name));
  }

  /** The row with the labels that the rules make of its own, without remembering anything. */
  #relabeled(row: Row): Row | undefined {
    const { relabel } = this.#options;
    if (relabel === undefined) return row;
    const made = relabel(row.labels.map(({ name, value }) => [textOf(name), textOf(value)]));
    if (typeof made !== "string") {
      return { ...row, labels: made.map(([name, value]) => label(name, value)) };
    }
    if (made === "dropped") this.droppedSeries++;
    else if (made === "too_large") this.tooLarge++;
    else this.unsupported++;
    return undefined;
  }

  route(rows: readonly Row[], cutoffMs: number): void {
    for (const given of rows) {
      if (isForeign(given)) {
        this.unsupported++;
        continue;
      }
      const row = this.#relabeled(given);
      if (row === undefined) continue;
      if (row.sample.timestampMs < cutoffMs) {
        this.expired++;
        continue;
      }
      if (isBroken(row.labels)) {
        this.unsupported++;
        continue;
      }
      const shard = shardOf(row.labels, this.#options.shards);
      this.open[shard]!.push({ ...row, labels: this.#sentLabels(row.labels) });
      if (this.open[shard]!.length === this.#options.requestSignalsMax) this.take(shard);
    }
  }

  take(shard: number): void {
    this.sealed.push({ shard, rows: this.open[shard]! });
    this.open[shard] = [];
  }
}

export function requestBytes(request: TwinRequest): Uint8Array {
  return writeRows(request.rows);
}
