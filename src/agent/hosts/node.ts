// The program on Node: its platform and its HTTP server.
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WalqError } from "../../errors.ts";
import { nodePlatform } from "../../platform/node.ts";
import {
  CLIENT_TIMEOUTS,
  CONNECTIONS_MAX,
  type Listener,
  type ListenOptions,
  type ReadChunks,
} from "../host.ts";
import { listenError } from "../listen_error.ts";
import { nodeOutputs } from "./node_outputs.ts";
import type { HostRuntime } from "./process_host.ts";

export function nodeRuntime(): HostRuntime {
  return { platform: nodePlatform(), listen, write: nodeOutputs() };
}

async function listen({ hostname, port, handler }: ListenOptions): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: (request, env) => handler(request, chunksOf((env as HttpBindings).incoming)),
    serverOptions: {
      headersTimeout: CLIENT_TIMEOUTS.headersMs,
      requestTimeout: CLIENT_TIMEOUTS.requestMs,
      keepAliveTimeout: CLIENT_TIMEOUTS.idleMs,
      connectionsCheckingInterval: 5_000,
    },
  }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  try {
    server.listen(port, hostname);
    await once(server, "listening");
  } catch (error) {
    throw listenError(hostname, port, error);
  }
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    kill: () => {
      server.close();
      server.closeAllConnections();
      return Promise.resolve();
    },
  };
}

/** The body by the stream's own events: the request's web stream costs several times more. */
function chunksOf(incoming: IncomingMessage): ReadChunks {
  return (take) =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        incoming.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
        settle();
      };
      const onEnd = (): void => finish(resolve);
      const onCut = (): void =>
        finish(() => reject(new WalqError("INVALID_REQUEST", "The request's body broke off")));
      const onData = (chunk: Uint8Array): void => {
        try {
          take(chunk);
        } catch (error) {
          incoming.pause();
          finish(() => reject(error));
        }
      };
      if (incoming.destroyed) return onCut();
      incoming.on("data", onData).on("end", onEnd).on("error", onCut).on("close", onCut);
    });
}
