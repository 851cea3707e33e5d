import { connect } from "node:net";
import type { DoorState } from "../door_watch.ts";

const PATIENCE_MS = 5_000;

/** Asks the own port a question, as a client would. */
export function tryDoor(hostname: string, port: number): Promise<DoorState> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopbackOf(hostname) });
    const timer = setTimeout(() => end("shut"), PATIENCE_MS);
    const end = (state: DoorState): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(state);
    };
    socket
      .on("connect", () => socket.write("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"))
      .on("data", () => end("open"))
      // Whoever cuts it has taken it before.
      .on("end", () => end("open"))
      .on("error", (error: Error & { code?: string }) => end(stateOf(error)));
  });
}

function stateOf({ code }: { code?: string }): DoorState {
  if (code === "EMFILE" || code === "ENFILE") return "starved";
  return code === "ECONNRESET" || code === "EPIPE" ? "open" : "shut";
}

/** Where a server that listens everywhere is found. */
function loopbackOf(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}
