import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** An output of the program: read line by line, or an open file. */
export type Output = "pipe" | number;

/** What a program starts with. */
export interface ProgramOptions {
  /** @default that of the sources */
  readonly script?: string;
  /** It has none if not. */
  readonly input?: "pipe";
  readonly out?: Output;
  readonly err?: Output;
  /** How many files it may have open; without it as many as this process. */
  readonly descriptors?: number;
}

/** The program in a process of its own, on the runtime that the test runs on. */
export class Program {
  readonly #child: ReturnType<typeof spawn>;
  readonly #lines: string[] = [];
  readonly #ended: Promise<number>;
  #heard: () => void = () => {};

  constructor(
    args: readonly string[],
    cwd: string,
    { script, input, out = "pipe", err = "pipe", descriptors }: ProgramOptions = {},
  ) {
    const program = [...commandLine(script), ...args];
    const [command, ...rest] = descriptors === undefined
      ? program
      : ["sh", "-c", 'ulimit -n "$0" && exec "$@"', String(descriptors), ...program];
    this.#child = spawn(command!, rest, { cwd, stdio: [input ?? "ignore", out, err] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#lines.push(line);
        this.#heard();
      });
    }
    this.#ended = once(this.#child, "close").then(([code]) => {
      this.#heard();
      return Number(code);
    });
  }

  /** All that it printed. */
  get output(): string {
    return this.#lines.join("\n");
  }

  /** Writes to standard input, and closes it. */
  endInput(text: string): void {
    this.#child.stdin!.end(text);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Nobody reads the log any more. */
  closeLog(): void {
    this.#child.stderr!.destroy();
  }

  /** The log's reader stands still, or goes on. */
  holdLog(isHeld: boolean): void {
    if (isHeld) this.#child.stderr!.pause();
    else this.#child.stderr!.resume();
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The first group of the pattern, as soon as a line has it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = this.#lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match[1] ?? match[0];
      if (this.hasEnded) {
        throw new Error(`ended without ${pattern}:\n${this.output}`);
      }
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  signal(name: "SIGTERM" | "SIGKILL" | "SIGHUP"): void {
    // Deno's ChildProcess.kill sends one signal and no other after it.
    if (!this.hasEnded) process.kill(this.#child.pid!, name);
  }

  /** The exit code. */
  get ended(): Promise<number> {
    return this.#ended;
  }
}

function commandLine(script: string | undefined): string[] {
  const entry = (name: string): string =>
    script ?? fileURLToPath(new URL(`../../src/agent/${name}`, import.meta.url));
  if ("Deno" in globalThis) return [process.execPath, "run", "-A", "--no-check", entry("main.ts")];
  if ("Bun" in globalThis) return [process.execPath, entry("main.ts")];
  return [process.execPath, entry("main.js")];
}
