import type { OptionsHost } from "../../options.ts";
import type { Environment } from "./environment.ts";
import type { KnownQueues } from "./queue_owners.ts";

/** The beginning of a configuration's text, and what kind of file it came from. */
export interface SourceBytes {
  readonly bytes: Uint8Array;
  /** Not a pipe, a device or the like. */
  readonly isPlainFile: boolean;
}

/**
 * Reads at most so many bytes of a file that may be a pipe, or of standard input,
 * whose path is "-": waits for who writes to it, which holds up nothing else.
 */
export type ReadSource = (path: string, bytesMax: number) => Promise<SourceBytes>;

/** A key of the file that an option of the command line stands for. */
export interface Setting {
  readonly path: readonly string[];
  /** As the file would have it. */
  readonly value: string | readonly string[];
  /** The option, for messages. */
  readonly place: string;
  /** It gives way to the file. */
  readonly isDefault?: true;
}

/** Where a configuration comes from, and what it is read with. */
export interface ConfigSource {
  /** A file; "-" is standard input. */
  readonly path: string;
  /** The values of `--set`, in order. */
  readonly sets: readonly string[];
  /** What other options of the command line say of keys of the file. */
  readonly settings?: readonly Setting[];
  readonly read: ReadSource;
  readonly env: Environment;
  /** Where the files are that it names, and what the runtime can do. */
  readonly host: OptionsHost;
  readonly purpose?: Purpose;
  /** What is known of queues of before, where it is not to be looked for. */
  readonly knownQueues?: KnownQueues;
}

/**
 * What a configuration is read for. Of files that it names, those that its endpoints need
 * have to be there, and to be checked also those of its jobs; what is run waits for the
 * latter (the default). Of its syntax alone nothing that it names is looked at.
 */
export type Purpose = "run" | "check" | "check syntax";

const STANDARD_INPUT = "-";

/** What messages call it. */
export function nameOfSource(path: string): string {
  return path === STANDARD_INPUT ? "standard input" : path;
}

/** What came through a descriptor of this process is gone; a pipe with a name can be written to again. */
export function canReadAgain(path: string, isPlainFile: boolean): boolean {
  if (path === STANDARD_INPUT) return false;
  return isPlainFile || !/^\/(?:dev\/(?:stdin$|fd\/)|proc\/self\/fd\/)/.test(path);
}
