/** What a value is: by that it is checked before the command begins, and completed in a shell. */
export type ValueKind =
  /** Any text. */
  | "text"
  /** The path of a file. */
  | "file"
  /** The path of a directory. */
  | "directory"
  /** The path of either. */
  | "path"
  /** http or https. */
  | "url"
  /** As Prometheus writes it: "1h30m". */
  | "duration"
  /** A moment: RFC 3339, seconds since the epoch, or a duration for "so long ago". */
  | "time"
  /** A whole number, 0 or more. */
  | "count"
  /** As "512MB" or "2GiB". */
  | "size"
  /** One of a few words. */
  | "choice";

/** A command, as far as reading its command line goes. */
export interface CommandFlags {
  readonly name: string;
  readonly flags: readonly Flag[];
}

/** An option of a command. */
export interface Flag {
  /** With its dashes: "--config". */
  readonly name: string;
  /** One line, without a full stop. */
  readonly help: string;
  /** Undefined for a switch, which takes no value. */
  readonly value?: FlagValue;
}

/** What an option takes. */
export interface FlagValue {
  readonly kind: ValueKind;
  /** How help calls it: "FILE". */
  readonly name: string;
  /** For a choice. */
  readonly choices?: readonly string[];
  /** As the command line would have it. */
  readonly default?: string;
  readonly isRequired?: true;
  /** It may be given more than once. */
  readonly isRepeatable?: true;
  /** The longest duration, in milliseconds, and as a text. */
  readonly most?: { readonly ms: number; readonly text: string };
}

/** An argument without dashes. */
export interface Positional {
  /** How help calls it: "DIR". */
  readonly name: string;
  readonly kind: ValueKind;
  readonly help: string;
  readonly isRequired?: true;
  /** The last one may be given more than once. */
  readonly isRepeatable?: true;
}
