import { parseDuration } from "../../duration.ts";
import { parseSize } from "../../size.ts";
import { assert } from "../../assert.ts";
import { parseMoment } from "./moment.ts";
import type { CommandFlags, FlagValue } from "./flags.ts";

/** The words of a command line, read by the row of its command: all values are what they have to be. */
export class CommandArgs {
  readonly #row: CommandFlags;
  readonly #given: ReadonlyMap<string, readonly string[]>;
  /** Those without dashes, in order. */
  readonly positionals: readonly string[];
  /** All that stood behind the name of the command. */
  readonly words: readonly string[];

  constructor(
    row: CommandFlags,
    of: {
      readonly given: ReadonlyMap<string, readonly string[]>;
      readonly positionals: readonly string[];
      readonly words: readonly string[];
    },
  ) {
    this.#row = row;
    this.#given = of.given;
    this.positionals = of.positionals;
    this.words = of.words;
  }

  /** Whether the flag stands on the command line. */
  has(flag: string): boolean {
    this.#value(flag);
    return this.#given.has(flag);
  }

  /** All values of a flag that may be given more than once. */
  texts(flag: string): readonly string[] {
    this.#value(flag);
    return this.#given.get(flag) ?? [];
  }

  /** The last value, or the default. */
  text(flag: string): string | undefined {
    const value = this.#value(flag);
    return this.#given.get(flag)?.at(-1) ?? value?.default;
  }

  /** Of a flag that has a default or is required. */
  needed(flag: string): string {
    const text = this.text(flag);
    assert(text !== undefined, `${this.#row.name} ${flag} has neither value nor default`);
    return text;
  }

  /** Milliseconds of a duration. */
  durationMs(flag: string): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : parseDuration(text);
  }

  /** Milliseconds since the epoch. */
  timeMs(flag: string, nowMs: number): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : parseMoment(text, nowMs);
  }

  count(flag: string): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : Number(text);
  }

  bytes(flag: string): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : parseSize(text);
  }

  #value(name: string): FlagValue | undefined {
    const flag = this.#row.flags.find((one) => one.name === name);
    assert(flag !== undefined, `${this.#row.name} has no flag ${name}`);
    return flag.value;
  }
}
