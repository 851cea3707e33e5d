import type { FileSystem } from "../../src/contracts.ts";
import { FileSystemError } from "../../src/errors.ts";

/** The same file system but for some methods. */
export function changed(files: FileSystem, methods: Partial<FileSystem>): FileSystem {
  return {
    read: (path, bytesMax) => files.read(path, bytesMax),
    readWhole: (path, bytesMax, room) => files.readWhole(path, bytesMax, room),
    readHead: (path, bytesMax) => files.readHead(path, bytesMax),
    write: (path, parts) => files.write(path, parts),
    writeAndSync: (path, parts) => files.writeAndSync(path, parts),
    append: (...args) => files.append(...args),
    readPart: (...args) => files.readPart(...args),
    sync: (path) => files.sync(path),
    rename: (from, to) => files.rename(from, to),
    link: (from, to) => files.link(from, to),
    remove: (path) => files.remove(path),
    syncDirectory: (path) => files.syncDirectory(path),
    makeDirectory: (path) => files.makeDirectory(path),
    visit: (path, take) => files.visit(path, take),
    ...methods,
  };
}

/** The same file system; `failed` is told where something did not work, but for what is not there. */
export function toldFailures(files: FileSystem, failed: (path: string) => void): FileSystem {
  const told = <Result>(path: string, work: Promise<Result>): Promise<Result> => {
    work.catch((error) => {
      if (!(error instanceof FileSystemError && error.code === "not_found")) failed(path);
    });
    return work;
  };
  return changed(files, {
    read: (path, bytesMax) => told(path, files.read(path, bytesMax)),
    readHead: (path, bytesMax) => told(path, files.readHead(path, bytesMax)),
    write: (path, parts) => told(path, files.write(path, parts)),
    writeAndSync: (path, parts) => told(path, files.writeAndSync(path, parts)),
    rename: (from, to) => told(from, files.rename(from, to)),
    remove: (path) => told(path, files.remove(path)),
    syncDirectory: (path) => told(path, files.syncDirectory(path)),
    makeDirectory: (path) => told(path, files.makeDirectory(path)),
    visit: (path, take) => told(path, files.visit(path, take)),
  });
}
