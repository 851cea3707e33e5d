import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How a process is started: with more in its environment, and words before its file. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly runtimeArgs?: readonly string[];
  readonly cwd?: string;
}

/** Runs a program of this directory on the runtime that the test runs on; resolves to what it printed. */
export function runChild(
  name: string,
  args: readonly string[],
  { env = {}, runtimeArgs = [], cwd }: ChildOptions = {},
): Promise<string> {
  const entry = (extension: string): string =>
    fileURLToPath(new URL(`${name}.${extension}`, import.meta.url));
  const file = "Deno" in globalThis
    ? ["run", "-A", "--no-check", ...runtimeArgs, entry("ts")]
    : [...runtimeArgs, entry("Bun" in globalThis ? "ts" : "js")];
  const options = { env: { ...process.env, ...env }, ...(cwd === undefined ? {} : { cwd }) };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...file, ...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

/** What came of an attempt of `attempt_program.ts`. */
export interface Outcome {
  readonly verdict: string;
  readonly status?: number;
  readonly reason?: string;
}

/** One attempt at each URL, in a process of its own. */
export async function attempts(urls: readonly string[], options: ChildOptions): Promise<Outcome[]> {
  const output = await runChild("attempt_program", urls, options);
  return output.trim().split("\n").map((line) => JSON.parse(line));
}
