import * as nodeFs from "node:fs";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";
import type { DirectoryEntry, FileHead, FileSystem } from "../contracts.ts";
import { freeBytes } from "./free_bytes.ts";
import { fileOperation, NOT_A_PLAIN_FILE, tooLarge } from "./file_errors.ts";
import { makeDirectories } from "./make_directories.ts";
import { bufferOf } from "./buffer.ts";

// A batch is a dozen of these calls, and FileHandle costs several times what they do.
const open = promisify(nodeFs.open);
const fstat = promisify(nodeFs.fstat);
const fsync = promisify(nodeFs.fsync);
const readAt = promisify(nodeFs.read);
const writev = promisify(nodeFs.writev);
const rename = promisify(nodeFs.rename);
const link = promisify(nodeFs.link);
const unlink = promisify(nodeFs.unlink);

const NAMES_AT_ONCE = 256;
/** With it, opening a pipe does not wait for somebody to write to it. */
const TO_READ = nodeFs.constants.O_RDONLY | (nodeFs.constants.O_NONBLOCK ?? 0);

/** Files by `node:fs`, for Node and Bun. */
export class NodeFileSystem implements FileSystem {
  freeBytes(path: string): Promise<number> {
    return fileOperation("read", path, () => freeBytes(path));
  }

  async read(path: string, bytesMax: number = Infinity): Promise<Uint8Array> {
    return (await this.readHead(path, bytesMax)).bytes;
  }

  readWhole(path: string, bytesMax: number, buffer?: Uint8Array): Promise<Uint8Array> {
    return fileOperation("read", path, () =>
      withFile(path, TO_READ, async (file) => {
        const size = await sizeOf(file);
        if (size > bytesMax) throw tooLarge(path, size, bytesMax);
        return await readFully(file, bufferOf(size, buffer));
      }));
  }

  readHead(path: string, bytesMax: number): Promise<FileHead> {
    return fileOperation("read", path, () =>
      withFile(path, TO_READ, async (file) => {
        const size = await sizeOf(file);
        return {
          bytes: await readFully(file, bufferOf(Math.min(size, bytesMax))),
          fileBytes: size,
        };
      }));
  }

  write(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation(
      "write",
      path,
      () => withFile(path, "wx", (file) => writeFully(file, parts)),
    );
  }

  writeAndSync(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation("write", path, () =>
      withFile(path, "wx", async (file) => {
        await writeFully(file, parts);
        await fsync(file);
      }));
  }

  append(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation(
      "write",
      path,
      () => withFile(path, "a", (file) => writeFully(file, parts)),
    );
  }

  readPart(path: string, at: number, bytes: number): Promise<Uint8Array> {
    return fileOperation("read", path, () =>
      withFile(path, TO_READ, async (file) => {
        const size = await sizeOf(file);
        return await readFully(file, bufferOf(Math.max(0, Math.min(bytes, size - at))), at);
      }));
  }

  sync(path: string): Promise<void> {
    return fileOperation("sync", path, () => withFile(path, "r", (file) => fsync(file)));
  }

  rename(from: string, to: string): Promise<void> {
    return fileOperation("rename", from, () => rename(from, to), to);
  }

  link(from: string, to: string): Promise<void> {
    return fileOperation("link", from, () => link(from, to), to);
  }

  remove(path: string): Promise<void> {
    return fileOperation("remove", path, () => unlink(path));
  }

  syncDirectory(path: string): Promise<void> {
    return fileOperation("sync directory", path, async () => {
      // Opening a directory reads nothing that is not cached.
      const directory = nodeFs.openSync(path, "r");
      try {
        await fsync(directory);
      } finally {
        nodeFs.closeSync(directory);
      }
    });
  }

  makeDirectory(path: string): Promise<void> {
    return fileOperation("make directory", path, () => makeDirectories(path));
  }

  visit(path: string, take: (entry: DirectoryEntry) => void): Promise<void> {
    return fileOperation("list", path, async () => {
      const directory = await fs.opendir(path, { bufferSize: NAMES_AT_ONCE });
      for await (const entry of directory) take({ name: entry.name, kind: kindOf(entry) });
    });
  }
}

async function withFile<Result>(
  path: string,
  flags: string | number,
  use: (file: number) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    // What was written is synced: closing has nothing to wait for, and a thread costs more.
    nodeFs.closeSync(file);
  }
}

async function sizeOf(file: number): Promise<number> {
  const stat = await fstat(file);
  if (!stat.isFile()) throw new Error(NOT_A_PLAIN_FILE);
  return stat.size;
}

async function readFully(
  file: number,
  bytes: Uint8Array,
  from: number = 0,
): Promise<Uint8Array> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesRead } = await readAt(
      file,
      bytes,
      offset,
      bytes.length - offset,
      from + offset,
    );
    if (bytesRead === 0) break; // The file shrank while it was read.
    offset += bytesRead;
  }
  return bytes.subarray(0, offset);
}

async function writeFully(file: number, parts: readonly Uint8Array[]): Promise<void> {
  let rest = parts.filter((part) => part.length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await writev(file, rest);
    rest = after(rest, bytesWritten);
  }
}

/** What is left to write: one call may take less than all. */
function after(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = bytes;
  for (const part of parts) {
    if (skip < part.length) rest.push(part.subarray(skip));
    skip = Math.max(0, skip - part.length);
  }
  return rest;
}

function kindOf(entry: nodeFs.Dirent): DirectoryEntry["kind"] {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "directory" : "other";
}
