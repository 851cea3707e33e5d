import type { FileSystem } from "../../src/contracts.ts";

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
