import type { Platform } from "../contracts.ts";
import { resolveByBun } from "./bun_dns.ts";
import { BunFileSystem } from "./bun_files.ts";
import { askDns } from "./ask_dns.ts";
import { SocketHttpClient } from "./http/client.ts";
import { Lookups } from "./http/lookups.ts";
import { nodeProcesses } from "./node_processes.ts";
import { UnixLivenessSockets } from "./liveness_sockets.ts";
import { openStream } from "./open_stream.ts";
import { openSettingsHttp } from "./settings_http.ts";
import { socketDial } from "./socket_wire.ts";
import { readEnvironment } from "./read_environment.ts";
import { SystemClock } from "./system_clock.ts";
import { decompressGzip } from "./gzip.ts";
import { compressZstd, decompressZstd } from "./zstd.ts";

/** All that walq asks of Bun. */
export function bunPlatform(): Platform {
  const lookups = new Lookups(resolveByBun, Infinity);
  return {
    name: "bun",
    files: new BunFileSystem(),
    http: new SocketHttpClient(socketDial(lookups)),
    openHttp: (settings) => openSettingsHttp(settings, { lookups, random: Math.random }),
    askDns,
    clock: new SystemClock(),
    random: Math.random,
    processes: nodeProcesses(),
    livenessSockets: new UnixLivenessSockets(),
    env: readEnvironment,
    decompressZstd,
    compressZstd,
    decompressGzip,
    openStream,
  };
}
