import type { LabelPair } from "./rule.ts";

/** Thrown when labels would become longer than they may. */
export class LabelsTooLarge extends Error {}

/**
 * A label set under change, as Prometheus's `labels.Builder` has it: what was there
 * comes first, in its order, and then what was set, in the order in which it was. The
 * order decides which of two labels counts that are given the same name.
 */
export class LabelBuilder {
  readonly #lengthMax: number;
  #base: readonly LabelPair[] = [];
  readonly #set = new Map<string, string>();
  readonly #deleted = new Set<string>();
  #length = 0;

  /** @param lengthMax of all names and values, in UTF-16 units, and one for each label */
  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Begins with other labels: no name twice, and no value empty. */
  reset(labels: readonly LabelPair[]): void {
    this.#base = labels;
    this.#set.clear();
    this.#deleted.clear();
    this.#length = lengthOf(labels);
  }

  /** The value of a label, "" for one that is not there. */
  get(name: string): string {
    const value = this.#set.get(name);
    if (value !== undefined) return value;
    if (this.#deleted.has(name)) return "";
    return this.#base.find((label) => label[0] === name)?.[1] ?? "";
  }

  /** Sets a label; "" deletes it. Throws {@link LabelsTooLarge}. */
  set(name: string, value: string): void {
    if (value === "") return this.delete(name);
    // What is written over is counted twice: a bound and no measure.
    this.#length += name.length + value.length + 1;
    if (this.#length > this.#lengthMax) this.#measure(name, value);
    this.#set.set(name, value);
  }

  /** Takes the length anew, with a label that is to be set. */
  #measure(name: string, value: string): void {
    const others = this.labels().filter((label) => label[0] !== name);
    this.#length = lengthOf(others) + name.length + value.length + 1;
    if (this.#length > this.#lengthMax) throw new LabelsTooLarge();
  }

  delete(name: string): void {
    this.#set.delete(name);
    this.#deleted.add(name);
  }

  /** The labels as they are now; those that it began with, if nothing was changed. */
  labels(): readonly LabelPair[] {
    if (this.#set.size === 0 && this.#deleted.size === 0) return this.#base;
    const kept = this.#base.filter(([name]) => !this.#deleted.has(name) && !this.#set.has(name));
    return [...kept, ...this.#set];
  }
}

function lengthOf(labels: readonly LabelPair[]): number {
  return labels.reduce((sum, [name, value]) => sum + name.length + value.length + 1, 0);
}
