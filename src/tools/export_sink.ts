import type { FileSystem } from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import { makeDurableDirectory } from "../filequeue/durable_directory.ts";
import { isNotFound } from "../filequeue/not_found.ts";
import { MANIFEST_NAME } from "./manifest.ts";
import { parentOf } from "./paths.ts";
import { TarWriter } from "./tar.ts";

/** Where an export goes. */
export interface ExportSink {
  /**
   * Takes a file. `source` is where it is on this disk.
   *
   * @param content good until this resolves
   */
  add(name: string, content: Uint8Array, source: string): Promise<void>;
  /** Makes all of it durable, with the manifest as the last of it; then it is an export. */
  end(manifest: Uint8Array): Promise<void>;
}

/**
 * An export as one archive: under a name of its own until it is whole.
 *
 * @throws {WalqError} `INVALID_OPTIONS` when there is something of this name.
 */
export async function openArchive(
  files: FileSystem,
  path: string,
  nowMs: number,
): Promise<ExportSink> {
  await refuseIfThere(files, path);
  const draft = `${path}.partial`;
  // Of an export that was cut short: it was no export.
  await removeIfThere(files, draft);
  const writer = new TarWriter(files, draft, nowMs);
  return {
    add: (name, content) => writer.add(name, content),
    end: async (manifest) => {
      await writer.add(MANIFEST_NAME, manifest);
      await writer.end();
      await files.rename(draft, path);
      await files.syncDirectory(parentOf(path));
    },
  };
}

/**
 * An export as a directory, in which each file has the name that it has in a data path. Files
 * on the same disk are hard links. What an export that was cut short has left there is taken
 * for what it is, or written anew.
 *
 * @throws {WalqError} `INVALID_OPTIONS` when there is an export, or a queue.
 */
export async function openDirectory(files: FileSystem, path: string): Promise<ExportSink> {
  await makeDurableDirectory(files, path);
  await refuseIfThere(files, `${path}/${MANIFEST_NAME}`);
  await refuseIfQueue(files, path);
  const directories = new Set<string>();
  return {
    add: async (name, content, source) => {
      const to = `${path}/${name}`;
      const directory = parentOf(to);
      if (!directories.has(directory)) {
        await makeDurableDirectory(files, directory);
        directories.add(directory);
      }
      if (!await linked(files, source, to, content)) await files.writeAndSync(to, [content]);
    },
    end: async (manifest) => {
      for (const directory of directories) await files.syncDirectory(directory);
      const draft = `${path}/${MANIFEST_NAME}.partial`;
      await removeIfThere(files, draft);
      await files.writeAndSync(draft, [manifest]);
      await files.rename(draft, `${path}/${MANIFEST_NAME}`);
      await files.syncDirectory(path);
    },
  };
}

/** Whether the file is there, durable, under its new name; false where it has to be copied. */
async function linked(
  files: FileSystem,
  from: string,
  to: string,
  content: Uint8Array,
): Promise<boolean> {
  await removeIfThere(files, to);
  try {
    await files.link(from, to);
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    // Another disk, one without links, or the file was delivered since it was read.
    if (["link_unsupported", "not_permitted", "not_found"].includes(error.code)) return false;
    throw error;
  }
  const { fileBytes } = await files.readHead(to, 0);
  if (fileBytes !== content.length) {
    await files.remove(to);
    return false;
  }
  await files.sync(to);
  return true;
}

async function refuseIfThere(files: FileSystem, path: string): Promise<void> {
  try {
    await files.readHead(path, 0);
  } catch (error) {
    if (isNotFound(error)) return;
    if (!(error instanceof FileSystemError) || error.code !== "io") throw error;
  }
  throw new WalqError(
    "INVALID_OPTIONS",
    `Cannot export to "${path}": it is there already; name another one, or remove it`,
  );
}

async function refuseIfQueue(files: FileSystem, path: string): Promise<void> {
  let own: string | undefined;
  await files.visit(path, ({ name }) => {
    if (name.startsWith("walq.")) own = name;
  });
  if (own === undefined) return;
  throw new WalqError(
    "INVALID_OPTIONS",
    `Cannot export to "${path}": it is a data path (it has "${own}"); name a new directory`,
  );
}

/** Removes a file, if it is there. */
export async function removeIfThere(files: FileSystem, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
