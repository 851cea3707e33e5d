import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { until } from "./until.ts";

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const OUTPUT_CHARACTERS_MAX = 65_536;
// A machine that is busy with other things is slow, and does not hang.
const READY_MS_MAX = 5 * 60_000;
const STOP_MS_MAX = 5 * 60_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => process.exit(130));
}

/** A program that a test or a benchmark started; it never outlives the process that did. */
export class Program {
  readonly exited: Promise<Exit>;
  readonly #name: string;
  readonly #child: ChildProcess;
  #output = "";
  #exit: Exit | undefined;

  constructor(command: readonly string[], options: { readonly cwd?: string } = {}) {
    const [file = "", ...args] = command;
    this.#name = command.slice(0, 2).join(" ");
    const env = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    // An IPC channel or a test runner's variables are not for the program.
    delete (env as Record<string, string | undefined>)["NODE_TEST_CONTEXT"];
    const child = spawn(file, args, { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
    this.exited = new Promise((resolve) => {
      const settle = (exit: Exit): void => {
        running.delete(child);
        this.#exit = exit;
        resolve(exit);
      };
      child.on("error", (error) => {
        this.#output += error.message;
        settle({ code: null, signal: null });
      });
      child.on("close", (code, signal) => settle({ code, signal }));
    });
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The end of what it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits for a 2xx at the URL; fails as soon as the program has ended. */
  async ready(url: string, msMax: number = READY_MS_MAX): Promise<void> {
    await until(`${this.#name} answers at ${url}`, async () => {
      if (this.#exit) throw new Error(`${this.#name} has ended: ${this.describe()}`);
      try {
        const answer = await fetch(url);
        await answer.arrayBuffer();
        return answer.ok;
      } catch {
        return false;
      }
    }, msMax).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#output}`);
    });
  }

  /** Waits until it has printed that; fails as soon as it has ended. */
  async said(pattern: RegExp): Promise<void> {
    await until(`${pattern} is printed`, () => {
      if (this.#exit) throw new Error(`${this.#name} has ended: ${this.describe()}`);
      return pattern.test(this.#output);
    });
  }

  /** Sends a signal and waits for the end; kills what takes too long, and says so. */
  async stop(signal: NodeJS.Signals = "SIGTERM", msMax: number = STOP_MS_MAX): Promise<Exit> {
    this.#child.kill(signal);
    const timer = setTimeout(() => {
      this.#output += `\nstill alive ${msMax} ms after ${signal}: killed`;
      this.#child.kill("SIGKILL");
    }, msMax);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  describe(): string {
    const { code = undefined, signal = undefined } = this.#exit ?? {};
    return `exit code ${code}, signal ${signal}\n${this.#output}`;
  }
}
