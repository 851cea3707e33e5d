import type { LogFields, Logger } from "../../src/contracts.ts";

/** Keeps what was logged, for a test to look at. */
export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  debug(message: string, fields?: LogFields): void {
    this.#add("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#add("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#add("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#add("error", message, fields);
  }

  #add(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}
