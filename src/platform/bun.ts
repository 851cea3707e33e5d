import type { Platform } from "../contracts.ts";
import { resolveByBun } from "./bun_dns.ts";
import { BunFileSystem } from "./bun_files.ts";
import { SocketHttpClient } from "./http/client.ts";
import { Lookups } from "./http/lookups.ts";
import { nodeProcesses } from "./node_processes.ts";
import { UnixLivenessSockets } from "./liveness_sockets.ts";
import { socketDial } from "./socket_wire.ts";
import { SystemClock } from "./system_clock.ts";
import { decompressZstd } from "./zstd.ts";

/** All that walq asks of Bun. */
export function bunPlatform(): Platform {
  return {
    name: "bun",
    files: new BunFileSystem(),
    http: new SocketHttpClient(socketDial(new Lookups(resolveByBun, Infinity))),
    clock: new SystemClock(),
    random: Math.random,
    processes: nodeProcesses(),
    livenessSockets: new UnixLivenessSockets(),
    decompressZstd,
  };
}
