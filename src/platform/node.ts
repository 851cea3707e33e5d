import { lookup } from "node:dns/promises";
import type { Platform } from "../contracts.ts";
import { askDns } from "./ask_dns.ts";
import { SocketHttpClient } from "./http/client.ts";
import { Lookups } from "./http/lookups.ts";
import { NodeFileSystem } from "./node_files.ts";
import { nodeProcesses } from "./node_processes.ts";
import { UnixLivenessSockets } from "./liveness_sockets.ts";
import { openStream } from "./open_stream.ts";
import { openSettingsHttp } from "./settings_http.ts";
import { socketDial } from "./socket_wire.ts";
import { readEnvironment } from "./read_environment.ts";
import { SystemClock } from "./system_clock.ts";
import { decompressGzip } from "./gzip.ts";
import { compressZstd, decompressZstd } from "./zstd.ts";

/** At most half of libuv's threads look names up: files are read and written on them too. */
const LOOKUPS_AT_ONCE_MAX = 2;

/** OpenSSL has the signatures of TLS 1.0 and 1.1 on this level alone. */
const OLD_TLS = { ciphers: "DEFAULT@SECLEVEL=0" };

function nodeLookups(): Lookups {
  return new Lookups((host) => lookup(host, { all: true }), LOOKUPS_AT_ONCE_MAX);
}

/** All that walq asks of Node. */
export function nodePlatform(): Platform {
  const lookups = nodeLookups();
  return {
    name: "node",
    files: new NodeFileSystem(),
    http: new SocketHttpClient(socketDial(lookups)),
    openHttp: (settings) =>
      openSettingsHttp(settings, { lookups, random: Math.random, oldTls: OLD_TLS }),
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
