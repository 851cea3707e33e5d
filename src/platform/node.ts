import { lookup } from "node:dns/promises";
import type { Platform } from "../contracts.ts";
import { SocketHttpClient } from "./http/client.ts";
import { NodeFileSystem } from "./node_files.ts";
import { nodeProcesses } from "./node_processes.ts";
import { SocketDoors } from "./socket_doors.ts";
import { socketDial } from "./socket_wire.ts";
import { SystemClock } from "./system_clock.ts";

/** All that walq asks of Node. */
export function nodePlatform(): Platform {
  return {
    name: "node",
    files: new NodeFileSystem(),
    http: new SocketHttpClient(socketDial((host) => lookup(host, { all: true }))),
    clock: new SystemClock(),
    random: Math.random,
    processes: nodeProcesses(),
    doors: new SocketDoors(),
  };
}
