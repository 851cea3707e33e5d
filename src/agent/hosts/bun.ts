// The program on Bun: its platform and its HTTP server.
import { bunPlatform } from "../../platform/bun.ts";
import { CLIENT_TIMEOUTS, type Listener, type ListenOptions } from "../host.ts";
import { listenError } from "../listen_error.ts";
import { nodeOutputs } from "./node_outputs.ts";
import type { HostRuntime } from "./process_host.ts";

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

export function bunRuntime(): HostRuntime {
  return {
    platform: bunPlatform(),
    listen: (options) => Promise.resolve(listen(options)),
    write: nodeOutputs(),
  };
}

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
