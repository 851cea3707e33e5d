import process from "node:process";
import type { Platform } from "../../contracts.ts";
import { Queue } from "../../queue.ts";
import type { AgentHost, Listener, ListenOptions } from "../host.ts";

/** What the program needs of each runtime in the runtime's own way. */
export interface HostRuntime {
  readonly platform: Platform;
  /** @throws {WalqError} when the address cannot be listened on. */
  listen(options: ListenOptions): Promise<Listener>;
}

/** The process that this runs in, by what all runtimes have. */
export function processHost(
  { platform, listen }: HostRuntime,
  onSignal: AgentHost["onSignal"],
): AgentHost {
  return {
    platform,
    args: process.argv.slice(2),
    openQueue: (options, logger) => Queue.open(options, { platform, logger }),
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    onSignal,
    listen,
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage().rss };
    },
    exit: (code) => process.exit(code),
  };
}
