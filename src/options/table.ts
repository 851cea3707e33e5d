/** What a table of options is: a block is a table, and each of its rows says all of one option. */
import type { Check } from "./checks.ts";

/** How the configuration file has a value. */
export type Written =
  /** A number, as YAML reads it. */
  | "value"
  /** A whole number, of which each digit counts. */
  | "whole"
  /** A truth value: `true`, or a word that YAML 1.1 takes for it, such as `yes`. */
  | "flag"
  /** A text, as it is written: `1` is "1". */
  | "text"
  /** The same, where `$` has a meaning of its own, and nothing after the colon is an empty one. */
  | "template"
  /** A duration with a unit; a bare number is refused, as Prometheus refuses it. */
  | "duration"
  /** A map or a list of texts. */
  | "texts"
  /** The path of a file, from the directory of the configuration. */
  | "path"
  /** A list of such paths. */
  | "paths"
  /** A block of options, a list of them, or a map of them by names of the user's own. */
  | "block"
  | "blocks"
  | "named blocks";

/** Behind the name of an option, once it is checked and is a number of these. */
export type Unit = "" | "Ms";

/** A kind, whatever it is of. */
export interface AnyKind {
  readonly check: Check<unknown>;
  /** The type of what is given, as TypeScript has it. */
  readonly given: string;
  /** The type of what the check makes of it. */
  readonly checked: string;
  readonly unit: Unit;
  readonly written: Written;
  /** Between which values it has to be, for the documents. */
  readonly bounds?: string;
  /** Those that it can be, if they are few. */
  readonly texts?: readonly string[];
  /** The smallest and the largest number that it may be. */
  readonly min?: number;
  readonly max?: number;
  /** It is never shown. */
  readonly secret?: true;
  /** What is in a block, or in each block of a list. */
  readonly block?: AnyBlock;
  /** The option of the block that a text alone is. */
  readonly textIs?: string;
}

/** A kind of which the compiler knows what is given, and what the check makes of it. */
export interface Kind<Given, Checked, In extends Unit = ""> extends AnyKind {
  readonly check: Check<Checked>;
  readonly unit: In;
  /** For the compiler alone. */
  readonly givenType?: Given;
}

/** A number and its bounds. */
export interface Bounded {
  readonly min: number;
  readonly max: number;
}

/** Whether an option has to be given, and what becomes of one that is not. */
type Presence = "required" | "optional" | "defaulted";

/** How the configuration file calls an option. */
export interface Spelling {
  /**
   * From the block that the option is in: `queue_config.max_shards`. From the top of
   * the file with a slash before it: `/global.external_labels` is for each block of
   * the kind that the option is in.
   */
  readonly key: string;
  /** A number that is too large or too small is taken as the nearest that is neither, with a line in the log. */
  readonly clamps?: true;
  /** 0 is taken as the default, with a line in the log: as it stands nothing would work. */
  readonly defaultsAtZero?: true;
  /** `$NAME` and `${NAME}` stand for environment variables. */
  readonly expands?: true;
  /** A map that has its own entries beside those that the file has for each block of the kind. */
  readonly adds?: true;
}

/** What a row says beside its name and its kind. */
export interface Row {
  /** Its docstring, and its line in the documents. What the kind says already is not in it. */
  readonly doc: string;
  /**
   * How the file calls it, where that is not its own name in snake_case: the first is
   * the one that messages use. False is for an option of the library alone.
   */
  readonly file?: string | Spelling | readonly (string | Spelling)[] | false;
  /** In the file an empty text is the default, as in Prometheus; without a default it always is none. */
  readonly emptyIsDefault?: true;
  /** In the file an empty text is given, and left to the check, though there is no default. */
  readonly emptyIsGiven?: true;
  /** What the file has where it is not given, though the library has to be told. */
  readonly fileDefault?: string;
  /** The default, or the file's, in words: where it is not one value. */
  readonly defaultDoc?: string;
  /** The default of Prometheus, where that is another. */
  readonly prometheusDefault?: string;
  /** A file in place of this option, which may not be given with it. */
  readonly insteadOf?: string;
}

/** A row of a table, whatever it holds. */
export interface AnyOption extends Row {
  readonly kind: AnyKind;
  readonly presence: Presence;
  readonly default?: unknown;
}

/** A row of which the compiler knows what it holds. */
export interface Option<K extends AnyKind, P extends Presence> extends AnyOption {
  readonly kind: K;
  readonly presence: P;
}

/** A table: its rows by the names of the options, in the order of the documents. */
export type Rows = Readonly<Record<string, AnyOption>>;

/** A table, whatever is in it. */
export interface AnyBlock {
  /** The name of its interface in TypeScript. */
  readonly name: string;
  readonly doc: string;
  readonly rows: Rows;
  readonly check: Check<unknown>;
}

/**
 * A table of which the compiler knows what is given and what its check makes of it. An
 * annotation `Block<Given, Checked>` is a proof: it compiles only while the rows give
 * exactly these keys and types, no more and no less.
 */
export interface Block<Given, Checked> extends AnyBlock {
  readonly check: Check<Checked>;
  /** For the compiler alone. `Required`, as an optional key that is missing would go unseen. */
  readonly proof?: (of: Proof<Given, Checked>) => Proof<Given, Checked>;
}

/** A table of the program alone: what is given comes from its file, and the compiler sees to what its check makes. */
export interface ProgramBlock<Checked> extends AnyBlock {
  readonly check: Check<Checked>;
}

interface Proof<Given, Checked> {
  readonly given: Given;
  readonly givenKeys: Required<Given>;
  readonly checked: Checked;
}
