import { connect } from "node:net";
import { isEverywhere, type ListenAddress } from "../listen_address.ts";
import type { ProbeResult } from "../listener_watch.ts";

const PATIENCE_MS = 5_000;
const QUESTION = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n";

/**
 * Asks at the own address, as a client would. Where there is TLS, what it says is none,
 * and it is cut for that.
 */
export function probeListener(address: ListenAddress, isTls: boolean): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = "path" in address
      ? connect({ path: address.path })
      : connect({ port: address.port, host: loopbackOf(address.hostname) });
    const timer = setTimeout(() => end("shut"), PATIENCE_MS);
    const end = (state: ProbeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(state);
    };
    socket
      .on("connect", () => socket.write(QUESTION))
      // A last word of TLS may come before the cut.
      .on("data", () => isTls || end("open"))
      // Whoever cuts it has taken it before.
      .on("end", () => end("open"))
      .on("error", (error: Error & { code?: string }) => end(stateOf(error)));
  });
}

function stateOf({ code }: { code?: string }): ProbeResult {
  if (code === "EMFILE" || code === "ENFILE") return "starved";
  return code === "ECONNRESET" || code === "EPIPE" ? "open" : "shut";
}

/** Where a server that listens everywhere is found: of IPv6 that may be a host without it, or one with it alone. */
function loopbackOf(hostname: string): string {
  if (!isEverywhere(hostname)) return hostname;
  return hostname.includes(":") ? "localhost" : "127.0.0.1";
}
