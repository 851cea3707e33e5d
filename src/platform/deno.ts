// Deno has no API of its own that tells whether a process lives.
import process from "node:process";
import { lookup } from "node:dns/promises";
import type { DirectoryEntry, FileHead, FileSystem, Platform } from "../contracts.ts";
import { denoApi, type DenoFile, type DenoListener, type DenoOpenOptions } from "./deno_api.ts";
import { askDns } from "./ask_dns.ts";
import { SocketHttpClient } from "./http/client.ts";
import { Lookups } from "./http/lookups.ts";
import { fileOperation, NOT_A_PLAIN_FILE, tooLarge } from "./file_errors.ts";
import { bufferOf } from "./buffer.ts";
import { HostProcessTable } from "./host_processes.ts";
import { type ListeningSocket, UnixLivenessSockets } from "./liveness_sockets.ts";
import { dialDeno } from "./deno_wire.ts";
import { readEnvironment } from "./read_environment.ts";
import { openStream } from "./open_stream.ts";
import { openSettingsHttp } from "./settings_http.ts";
import { SystemClock } from "./system_clock.ts";
import { checkTlsVersions } from "./tls_check.ts";
import { freeBytes } from "./free_bytes.ts";
import { decompressGzip } from "./gzip.ts";
import { compressZstd, decompressZstd } from "./zstd.ts";

const deno = denoApi();

/** Files by Deno's own API. */
class DenoFileSystem implements FileSystem {
  freeBytes(path: string): Promise<number> {
    return fileOperation("read", path, () => freeBytes(path));
  }

  async read(path: string, bytesMax: number = Infinity): Promise<Uint8Array> {
    return (await this.readHead(path, bytesMax)).bytes;
  }

  readWhole(path: string, bytesMax: number, buffer?: Uint8Array): Promise<Uint8Array> {
    return fileOperation("read", path, async () => {
      const size = await sizeOf(path);
      if (size > bytesMax) throw tooLarge(path, size, bytesMax);
      return await withFile(
        path,
        { read: true },
        (file) => readFully(file, bufferOf(size, buffer)),
      );
    });
  }

  readHead(path: string, bytesMax: number): Promise<FileHead> {
    return fileOperation("read", path, async () => {
      const fileBytes = await sizeOf(path);
      const buffer = bufferOf(Math.min(fileBytes, bytesMax));
      const bytes = await withFile(path, { read: true }, (file) => readFully(file, buffer));
      return { bytes, fileBytes };
    });
  }

  write(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation("write", path, () => withFile(path, NEW_FILE, writeParts(parts)));
  }

  writeAndSync(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation("write", path, () =>
      withFile(path, NEW_FILE, async (file) => {
        await writeParts(parts)(file);
        await file.sync();
      }));
  }

  append(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation("write", path, () => withFile(path, APPENDED_FILE, writeParts(parts)));
  }

  readPart(path: string, at: number, bytes: number): Promise<Uint8Array> {
    return fileOperation("read", path, async () => {
      const buffer = bufferOf(Math.max(0, Math.min(bytes, await sizeOf(path) - at)));
      return await withFile(path, { read: true }, async (file) => {
        await file.seek(at, FROM_START);
        return await readFully(file, buffer);
      });
    });
  }

  sync(path: string): Promise<void> {
    return fileOperation("sync", path, () => withFile(path, { read: true }, (file) => file.sync()));
  }

  rename(from: string, to: string): Promise<void> {
    return fileOperation("rename", from, () => deno.rename(from, to), to);
  }

  link(from: string, to: string): Promise<void> {
    return fileOperation("link", from, () => deno.link(from, to), to);
  }

  remove(path: string): Promise<void> {
    return fileOperation("remove", path, () => deno.remove(path));
  }

  syncDirectory(path: string): Promise<void> {
    return fileOperation("sync directory", path, async () => {
      // Opening a directory reads nothing that is not cached, and a thread costs more.
      const directory = deno.openSync(path, { read: true });
      try {
        await directory.sync();
      } finally {
        directory.close();
      }
    });
  }

  makeDirectory(path: string): Promise<void> {
    return fileOperation("make directory", path, () => deno.mkdir(path, { recursive: true }));
  }

  visit(path: string, take: (entry: DirectoryEntry) => void): Promise<void> {
    return fileOperation("list", path, async () => {
      for await (const { name, isFile, isDirectory } of deno.readDir(path)) {
        take({ name, kind: isFile ? "file" : isDirectory ? "directory" : "other" });
      }
    });
  }
}

const NEW_FILE: DenoOpenOptions = { write: true, createNew: true };
const APPENDED_FILE: DenoOpenOptions = { append: true, create: true };
/** `Deno.SeekMode.Start`. */
const FROM_START = 0;

async function withFile<Result>(
  path: string,
  options: DenoOpenOptions,
  use: (file: DenoFile) => Promise<Result>,
): Promise<Result> {
  const file = await deno.open(path, options);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

/** Checked before it is opened: opening a pipe waits for somebody to write to it. */
async function sizeOf(path: string): Promise<number> {
  const { isFile, size } = await deno.stat(path);
  if (!isFile) throw new Error(NOT_A_PLAIN_FILE);
  return size;
}

async function readFully(file: DenoFile, bytes: Uint8Array): Promise<Uint8Array> {
  let offset = 0;
  while (offset < bytes.length) {
    const count = await file.read(bytes.subarray(offset));
    if (count === null) break; // The file shrank while it was read.
    offset += count;
  }
  return bytes.subarray(0, offset);
}

function writeParts(parts: readonly Uint8Array[]): (file: DenoFile) => Promise<void> {
  return async (file) => {
    for (const part of parts) {
      let offset = 0;
      while (offset < part.length) offset += await file.write(part.subarray(offset));
    }
  };
}

/** Not by node:net, whose sockets Deno hands on to the processes that it starts: they would keep the socket open. */
function listenByDeno(path: string): Promise<ListeningSocket | undefined> {
  let listener: DenoListener;
  try {
    listener = deno.listen({ transport: "unix", path });
  } catch {
    return Promise.resolve(undefined);
  }
  listener.unref();
  const ended = hangUpOnAll(listener).catch(() => {});
  const close = (): Promise<void> => {
    listener.ref();
    listener.close();
    return ended;
  };
  return Promise.resolve({ close });
}

async function hangUpOnAll(listener: DenoListener): Promise<void> {
  for await (const connection of listener) connection.close();
}

/** All that walq asks of Deno. */
export function denoPlatform(): Platform {
  const lookups = new Lookups((host) => lookup(host, { all: true }), Infinity);
  return {
    name: "deno",
    files: new DenoFileSystem(),
    http: new SocketHttpClient(dialDeno),
    openHttp: (settings) => {
      checkTlsVersions(settings, "Deno", "TLS12");
      return openSettingsHttp(settings, { lookups, random: Math.random });
    },
    askDns,
    clock: new SystemClock(),
    random: Math.random,
    processes: new HostProcessTable({
      pid: deno.pid,
      readText: (path) => deno.readTextFile(path).catch(() => undefined),
      probe: (pid) => process.kill(pid, 0),
    }),
    livenessSockets: new UnixLivenessSockets(listenByDeno),
    env: readEnvironment,
    decompressZstd,
    compressZstd,
    decompressGzip,
    openStream,
  };
}
