#!/usr/bin/env bun
// The program on Bun: argv, signals, exit, output and the HTTP server; all else is in cli.ts.
import process from "node:process";
import { bunPlatform } from "../platform/bun.ts";
import { Queue } from "../queue.ts";
import { main } from "./cli.ts";
import { type AgentHost, CLIENT_TIMEOUTS, type Listener, type ListenOptions } from "./host.ts";
import { listenError } from "./listen_error.ts";

/** The part of Bun's own API that this uses; declared for compilers without Bun's types. */
interface BunServe {
  serve(options: {
    hostname: string;
    port: number;
    idleTimeout: number;
    fetch: (request: Request) => Response | Promise<Response>;
  }): { readonly port: number; stop(closeActiveConnections: boolean): Promise<void> };
}

const bun = (globalThis as unknown as { Bun: BunServe }).Bun;
const platform = bunPlatform();

const host: AgentHost = {
  platform,
  args: process.argv.slice(2),
  openQueue: (options, logger) => Queue.open(options, { platform, logger }),
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  onSignal: (listener) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => listener(signal));
    }
  },
  listen: (options) => Promise.resolve(listen(options)),
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage().rss };
  },
  exit: (code) => process.exit(code),
};

function listen({ hostname, port, handler }: ListenOptions): Listener {
  try {
    const server = bun.serve({
      hostname,
      port,
      // In seconds. Bun has no other limits on slow clients.
      idleTimeout: CLIENT_TIMEOUTS.idleMs / 1000,
      fetch: (request) => handler(request),
    });
    return {
      port: server.port,
      stop: () => server.stop(false),
      kill: () => server.stop(true),
    };
  } catch (error) {
    throw listenError(hostname, port, error);
  }
}

// Signal listeners can keep Bun up; the program has ended when main has.
process.exit(await main(host));
