import type { AgentHost } from "../host.ts";
import type { CommandArgs } from "./command_args.ts";
import type { CommandFlags, Positional } from "./flags.ts";

/** A line of help that shows the command at work. */
export interface Example {
  /** The command line behind `walq`; no word has blanks. */
  readonly line: string;
  readonly shows: string;
}

/** Does what the command is for, and resolves to the exit code. */
export type RunCommand = (args: CommandArgs, host: AgentHost) => Promise<number>;

/** A subcommand: parsing, help and completions are made from it. */
export interface CommandRow extends CommandFlags {
  /** One line, without a full stop. */
  readonly summary: string;
  /** What else there is to say: paragraphs. */
  readonly description?: readonly string[];
  readonly positionals: readonly Positional[];
  readonly examples: readonly Example[];
  /** It reads its words by itself: they are not checked against `flags`. */
  readonly readsWords?: true;
  /** Loads what it needs when it is called, so that no other command has to wait for that. */
  readonly run: RunCommand;
}

/** It went as it should. */
export const FINE = 0;
/** It failed, or what was looked for was found: damage, differences. */
export const FOUND = 1;
/** The command line is wrong. */
export const WRONG_USAGE = 2;
/** It was done in part: files that were meant, too, are damaged, and were passed over, or so was the rest of one. */
export const PASSED_OVER = 3;
