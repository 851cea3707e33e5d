import { appendFile } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";
import type { Platform } from "../../contracts.ts";
import type { AgentHost, OutputName } from "../host.ts";
import { LineOutput } from "../line_output.ts";
import { scrapesMax } from "./descriptors.ts";
import { listen } from "./http_server.ts";
import { type OpenPipe, sourceReader } from "./read_source.ts";
import { checkServerTls } from "./tls_door.ts";

/** An output whose reader does not read must not keep the program. */
const PRINT_MS_MAX = 1_000;

/** Of a terminal that does not say how wide it is. */
const COLUMNS_UNKNOWN = 80;

/** What the program needs of each runtime in the runtime's own way. */
export interface HostRuntime {
  readonly platform: Platform;
  /** Rejects when the output refuses the text; resolves as late as the reader reads, and blocks nothing else. */
  write(output: OutputName, text: string): Promise<void>;
  /** Where a thread that waits for a pipe keeps the process from ending. */
  readonly openPipe?: OpenPipe;
}

/** A host that is the whole process. */
interface ProcessHost extends AgentHost {
  /** Resolves when what was printed is out, or does not get out. */
  printed(): Promise<void>;
}

/** The process that this runs in, by what all runtimes have. */
export function processHost(
  { platform, write, openPipe }: HostRuntime,
  onSignal: AgentHost["onSignal"],
): ProcessHost {
  const out = new LineOutput((text) => write("stdout", text));
  const err = new LineOutput((text) => write("stderr", text));
  return {
    platform,
    args: process.argv.slice(2),
    directory: process.cwd(),
    hostname: hostname(),
    scrapesMax: scrapesMax(),
    appendText: (path, text) => appendFile(path, text),
    env: (name) => process.env[name],
    readSource: sourceReader(openPipe),
    readInput: () => process.stdin,
    openQueue: async (options, logger) => {
      const { Queue } = await import("../loaded.ts");
      return await Queue.open(options, { platform, logger });
    },
    out: (line) => out.line(line),
    err: (line) => err.line(line),
    print: write,
    columnsOf: (output) => {
      const { isTTY, columns } = process[output];
      return isTTY ? columns || COLUMNS_UNKNOWN : undefined;
    },
    ask,
    describeLost: (describe) => err.describeLost = describe,
    logLinesLost: () => err.lostTotal,
    onSignal,
    listen: (options) => listen(options, platform.clock),
    checkTls: checkServerTls,
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage().rss };
    },
    exit: (code) => process.exit(code),
    printed: async () => {
      const { clock } = platform;
      await Promise.all([out.printed(clock, PRINT_MS_MAX), err.printed(clock, PRINT_MS_MAX)]);
    },
  };
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      lines.once("close", () => resolve(undefined));
      lines.question(question, resolve);
    });
  } finally {
    lines.close();
  }
}
