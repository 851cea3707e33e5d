import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Program } from "./program.ts";
import { freePort } from "./scratch.ts";

/** What `walq run` is run by. */
export type Runtime = "node" | "deno" | "bun";

/** Also the newest Node, which benchmarks measure. */
export type AnyRuntime = Runtime | "node-26";

export const ANY_RUNTIMES: readonly AnyRuntime[] = ["node", "node-26", "deno", "bun"];

export const RUNTIMES: readonly Runtime[] = ["node", "deno", "bun"];

/** How each runtime starts a script, from the root of the repository. */
const RUNNERS: Readonly<Record<AnyRuntime, readonly string[]>> = {
  node: [process.execPath],
  "node-26": ["node_modules/node-26/bin/node"],
  deno: ["node_modules/.bin/deno", "run", "-A", "--no-check"],
  bun: ["node_modules/.bin/bun"],
};

/** The program as it is in the repository. */
const SCRIPTS: Readonly<Record<AnyRuntime, string>> = {
  node: "build/src/agent/main.js",
  "node-26": "build/src/agent/main.js",
  deno: "src/agent/main.ts",
  bun: "src/agent/main.ts",
};

/** What a configuration file is made of here; the rest stays at its default. */
export interface WalqSetup {
  readonly directory: string;
  readonly url: string;
  /** @default `data` in the directory */
  readonly dataPath?: string;
  /** @default "2h" */
  readonly ttl?: string;
  /** Further keys of the endpoint, as YAML lines. */
  readonly endpoint?: readonly string[];
  /** Further lines of `queue`. */
  readonly queue?: readonly string[];
  /** Lines of `queue_config`. */
  readonly queueConfig?: readonly string[];
  /** Further blocks, as YAML lines. */
  readonly blocks?: readonly string[];
}

/** Writes a configuration file with one endpoint, "peer"; returns its path. */
export async function writeConfig(setup: WalqSetup): Promise<string> {
  const path = join(setup.directory, "walq.yaml");
  const lines = [
    "server:",
    `  listen: 127.0.0.1:${await freePort()}`,
    "queue:",
    `  data_path: ${setup.dataPath ?? dataPathOf(setup.directory)}`,
    `  ttl: ${setup.ttl ?? "2h"}`,
    ...(setup.queue ?? []).map((line) => `  ${line}`),
    "remote_write:",
    "  - name: peer",
    `    url: ${setup.url}`,
    ...(setup.endpoint ?? []).map((line) => `    ${line}`),
    "    queue_config:",
    ...(setup.queueConfig ?? QUICK_RETRIES).map((line) => `      ${line}`),
    ...(setup.blocks ?? []),
  ];
  writeFileSync(path, lines.join("\n") + "\n");
  return path;
}

/** An endpoint that comes back is found within a second. */
export const QUICK_RETRIES: readonly string[] = ["min_backoff: 100ms", "max_backoff: 1s"];

export function dataPathOf(directory: string): string {
  return join(directory, "data");
}

/** What is added to the command. */
export interface ExtraArguments {
  /** A program that becomes the runtime, such as one that enters a cgroup first. */
  readonly wrapper?: readonly string[];
  /** For node or bun itself, before the script. */
  readonly runtimeArgs?: readonly string[];
  /** For `walq run`. */
  readonly walqArgs?: readonly string[];
  /** @default the sources, compiled for Node */
  readonly script?: string;
}

/** The command line of `walq run`. */
export function walqCommand(
  runtime: AnyRuntime,
  configPath: string,
  { wrapper = [], runtimeArgs = [], walqArgs = [], script = SCRIPTS[runtime] }: ExtraArguments = {},
): readonly string[] {
  const [file = "", ...args] = RUNNERS[runtime];
  const command = [...wrapper, file, ...runtimeArgs, ...args, script];
  return [...command, "run", "--config", configPath, ...walqArgs];
}

/** The command line of any other command. */
export function walqLine(runtime: AnyRuntime, words: readonly string[]): readonly string[] {
  return [...RUNNERS[runtime], SCRIPTS[runtime], ...words];
}

/** `walq run` with a configuration file, under one of the runtimes. */
export class WalqProgram {
  readonly program: Program;
  readonly origin: string;

  private constructor(program: Program, origin: string) {
    this.program = program;
    this.origin = origin;
  }

  /** Resolves when it is ready. */
  static async start(
    runtime: AnyRuntime,
    configPath: string,
    extra: ExtraArguments = {},
  ): Promise<WalqProgram> {
    const config = readFileSync(configPath, "utf8");
    const listen = /listen: (\S+)/.exec(config)?.[1] ?? "";
    const program = new Program(walqCommand(runtime, configPath, extra));
    // By TLS with a certificate that nobody knows, and for who may: it has to say it itself.
    const web = /web_config_file: (\S+)/.exec(config)?.[1];
    const isSecure = web !== undefined && readFileSync(web, "utf8").includes("tls_server_config");
    const walq = new WalqProgram(program, `http${isSecure ? "s" : ""}://${listen}`);
    await (isSecure ? program.said(/walq is ready/) : program.ready(`${walq.origin}/-/ready`));
    return walq;
  }

  get writeUrl(): string {
    return `${this.origin}/api/v1/write`;
  }

  /** The samples of one metric on /metrics, added up; NaN when there is none. */
  async metric(name: string): Promise<number> {
    return metricSum(await this.metricsPage(), name);
  }

  /** On a connection of its own: one that has been idle for seconds may be closed as it is used. */
  async metricsPage(): Promise<string> {
    const answer = await fetch(`${this.origin}/metrics`, { headers: { connection: "close" } });
    return await answer.text();
  }
}

/** Adds up the samples of a metric in the text format. */
export function metricSum(text: string, name: string): number {
  const pattern = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)`, "gm");
  const values = [...text.matchAll(pattern)].map((match) => Number(match[1]));
  return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0);
}
