import * as fs from "node:fs/promises";
import type { DirectoryEntry, FileSystem } from "../contracts.ts";
import { fileOperation } from "./file_errors.ts";

/** Files by `node:fs`, for Node and Bun. */
export class NodeFileSystem implements FileSystem {
  read(path: string, bytesMax: number = Infinity): Promise<Uint8Array> {
    return fileOperation("read", path, async () => {
      const file = await fs.open(path, "r");
      try {
        const { size } = await file.stat();
        return await readFully(file, Math.min(size, bytesMax));
      } finally {
        await file.close();
      }
    });
  }

  writeAndSync(path: string, parts: readonly Uint8Array[]): Promise<void> {
    return fileOperation("write", path, async () => {
      const file = await fs.open(path, "wx");
      try {
        for (const part of parts) await writeFully(file, part);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  rename(from: string, to: string): Promise<void> {
    return fileOperation("rename", from, () => fs.rename(from, to), to);
  }

  link(from: string, to: string): Promise<void> {
    return fileOperation("link", from, () => fs.link(from, to), to);
  }

  remove(path: string): Promise<void> {
    return fileOperation("remove", path, () => fs.unlink(path));
  }

  syncDirectory(path: string): Promise<void> {
    return fileOperation("sync directory", path, async () => {
      const directory = await fs.open(path, "r");
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
  }

  makeDirectory(path: string): Promise<void> {
    return fileOperation("make directory", path, async () => {
      await fs.mkdir(path, { recursive: true });
    });
  }

  list(path: string): Promise<DirectoryEntry[]> {
    return fileOperation("list", path, async () => {
      const entries: DirectoryEntry[] = [];
      for (const name of await fs.readdir(path)) {
        const entry = await describe(path, name);
        if (entry !== undefined) entries.push(entry);
      }
      return entries;
    });
  }

  freeBytes(path: string): Promise<number> {
    return fileOperation("measure free space of", path, async () => {
      const { bavail, bsize } = await fs.statfs(path);
      return bavail * bsize;
    });
  }
}

async function readFully(file: fs.FileHandle, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  while (offset < length) {
    const { bytesRead } = await file.read(bytes, offset, length - offset, offset);
    if (bytesRead === 0) break; // The file shrank while it was read.
    offset += bytesRead;
  }
  return bytes.subarray(0, offset);
}

async function writeFully(file: fs.FileHandle, part: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < part.length) {
    const { bytesWritten } = await file.write(part, offset, part.length - offset);
    offset += bytesWritten;
  }
}

/** Undefined when the file went away after its directory was read. */
async function describe(directory: string, name: string): Promise<DirectoryEntry | undefined> {
  try {
    const stat = await fs.lstat(`${directory}/${name}`);
    if (stat.isFile()) return { name, kind: "file", size: stat.size };
    return { name, kind: stat.isDirectory() ? "directory" : "other", size: 0 };
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}
