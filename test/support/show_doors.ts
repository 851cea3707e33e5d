import type { MemoryPlatform } from "../../src/testing/memory.ts";

/** Has the names of open doors in the listing of their directory, as those of sockets are. */
export function showDoors({ files, doors }: MemoryPlatform): void {
  const visit = files.visit.bind(files);
  files.visit = async (path, take) => {
    await visit(path, take);
    for (const door of doors.paths) {
      if (door.startsWith(`${path}/`)) take({ name: door.slice(path.length + 1), kind: "other" });
    }
  };
}
