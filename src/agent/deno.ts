// The program on Deno: argv, signals, exit, output and the HTTP server; all else is in cli.ts.
import process from "node:process";
import { denoPlatform } from "../platform/deno.ts";
import { Queue } from "../queue.ts";
import { main } from "./cli.ts";
import type { AgentHost, Listener, ListenOptions } from "./host.ts";
import { listenError } from "./listen_error.ts";

/** The part of Deno's own API that this uses; declared for compilers without Deno's types. */
interface DenoServe {
  readonly args: readonly string[];
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen: () => void },
    handler: (request: Request) => Response | Promise<Response>,
  ): {
    readonly addr: { readonly port: number };
    readonly finished: Promise<void>;
    shutdown(): Promise<void>;
  };
  exit(code: number): never;
  addSignalListener(signal: string, listener: () => void): void;
}

const deno = (globalThis as unknown as { Deno: DenoServe }).Deno;
const platform = denoPlatform();

const host: AgentHost = {
  platform,
  args: deno.args,
  openQueue: (options, logger) => Queue.open(options, { platform, logger }),
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  onSignal: (listener) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      deno.addSignalListener(signal, () => listener(signal));
    }
  },
  listen: (options) => Promise.resolve(listen(options)),
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage().rss };
  },
  exit: (code) => deno.exit(code),
};

function listen({ hostname, port, handler }: ListenOptions): Listener {
  try {
    const abort = new AbortController();
    const options = { hostname, port, signal: abort.signal, onListen: () => {} };
    const server = deno.serve(options, (request) => handler(request));
    let isStopping = false;
    return {
      port: server.addr.port,
      stop: () => {
        isStopping = true;
        return server.shutdown();
      },
      kill: async () => {
        // To abort a server that shuts down is an error that nothing can catch; what
        // it still serves is cut when the process ends.
        if (isStopping) return;
        abort.abort();
        await server.finished;
      },
    };
  } catch (error) {
    throw listenError(hostname, port, error);
  }
}

// Signal listeners keep Deno up; the program has ended when main has.
deno.exit(await main(host));
