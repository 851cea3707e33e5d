import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The program in a process of its own, on the runtime that the test runs on. */
export class Program {
  readonly #child: ReturnType<typeof spawn>;
  readonly #lines: string[] = [];
  readonly #ended: Promise<number>;
  #heard: () => void = () => {};

  constructor(args: readonly string[], cwd: string) {
    const [command, ...first] = commandLine();
    this.#child = spawn(command!, [...first, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
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

  /** The first group of the pattern, as soon as a line has it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = this.#lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match[1] ?? match[0];
      if (this.#child.exitCode !== null) {
        throw new Error(`ended without ${pattern}:\n${this.output}`);
      }
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  signal(name: "SIGTERM" | "SIGKILL" | "SIGHUP"): void {
    this.#child.kill(name);
  }

  /** The exit code. */
  get ended(): Promise<number> {
    return this.#ended;
  }
}

function commandLine(): string[] {
  const entry = (name: string): string =>
    fileURLToPath(new URL(`../../src/agent/${name}`, import.meta.url));
  if ("Deno" in globalThis) return [process.execPath, "run", "-A", "--no-check", entry("main.ts")];
  if ("Bun" in globalThis) return [process.execPath, entry("main.ts")];
  return [process.execPath, entry("main.js")];
}
