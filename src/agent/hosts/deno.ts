// The program on Deno: its platform and its HTTP server.
import { denoPlatform } from "../../platform/deno.ts";
import type { Listener, ListenOptions } from "../host.ts";
import { listenError } from "../listen_error.ts";
import type { HostRuntime } from "./process_host.ts";

/** The part of Deno's own API that this uses; declared for compilers without Deno's types. */
interface DenoServe {
  readonly stdout: DenoOutput;
  readonly stderr: DenoOutput;
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen: () => void },
    handler: (request: Request) => Response | Promise<Response>,
  ): {
    readonly addr: { readonly port: number };
    readonly finished: Promise<void>;
    shutdown(): Promise<void>;
  };
}

/** One of the program's outputs. */
interface DenoOutput {
  write(bytes: Uint8Array): Promise<number>;
}

const deno = (globalThis as unknown as { Deno: DenoServe }).Deno;

export function denoRuntime(): HostRuntime {
  return {
    platform: denoPlatform(),
    listen: (options) => Promise.resolve(listen(options)),
    write,
  };
}

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

/** Not by console or `node:process`, which block here as long as a pipe is full. */
async function write(output: "stdout" | "stderr", text: string): Promise<void> {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    rest = rest.subarray(await deno[output].write(rest));
  }
}
