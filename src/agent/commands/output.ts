import { oneLine } from "../../visible_text.ts";
import type { AgentHost } from "../host.ts";
import type { CommandArgs } from "./command_args.ts";
import { type Column, tableLines } from "./text_table.ts";

/** So many characters are printed at once. */
const PART_CHARACTERS = 65_536;

/**
 * What a command prints to standard output, in the form that `--format` says. It waits for its
 * reader, so that nothing is lost and little is kept; a reader that goes away ends the command.
 */
export class CommandOutput {
  readonly #host: Pick<AgentHost, "print">;
  readonly isJson: boolean;
  #waiting = "";

  constructor(host: Pick<AgentHost, "print">, isJson: boolean) {
    this.#host = host;
    this.isJson = isJson;
  }

  /** By `--format`, which the command has. */
  static of(args: CommandArgs, host: AgentHost): CommandOutput {
    return new CommandOutput(host, args.text("--format") === "json");
  }

  /** Whatever others have put into it, it is one line, and commands no terminal; JSON stays the same. */
  async line(text: string): Promise<void> {
    this.#waiting += `${oneLine(text)}\n`;
    if (this.#waiting.length >= PART_CHARACTERS) await this.end();
  }

  async lines(texts: Iterable<string>): Promise<void> {
    for (const text of texts) await this.line(text);
  }

  async table(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> {
    await this.lines(tableLines(columns, rows));
  }

  /** One value, in a line of its own. */
  async json(value: unknown): Promise<void> {
    await this.line(JSON.stringify(value));
  }

  /** Prints what waits. */
  async end(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") await this.#host.print("stdout", text);
  }
}
