import type { MemoryPlatform } from "../../src/testing/memory.ts";

/** Has the names of open sockets in the listing of their directory, as those of sockets are. */
export function listLivenessSockets({ files, livenessSockets }: MemoryPlatform): void {
  const visit = files.visit.bind(files);
  files.visit = async (path, take) => {
    await visit(path, take);
    for (const socket of livenessSockets.paths) {
      if (socket.startsWith(`${path}/`)) {
        take({ name: socket.slice(path.length + 1), kind: "other" });
      }
    }
  };
}
