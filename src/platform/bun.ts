import type { Platform } from "../contracts.ts";
import { FetchHttpClient } from "./fetch_http.ts";
import { NodeFileSystem } from "./node_files.ts";
import { nodeProcesses } from "./node_processes.ts";
import { SocketDoors } from "./socket_doors.ts";
import { SystemClock } from "./system_clock.ts";

/** Bun gives up on its own after five minutes; how long to wait is for the caller's signal to say. */
const FETCH_EXTRAS = { timeout: false };

/** All that walq asks of Bun. */
export function bunPlatform(): Platform {
  return {
    name: "bun",
    files: new NodeFileSystem(),
    http: new FetchHttpClient(() => FETCH_EXTRAS),
    clock: new SystemClock(),
    random: Math.random,
    processes: nodeProcesses(),
    doors: new SocketDoors(),
  };
}
