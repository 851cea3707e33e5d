/** What lies in an endpoint's `rejected/`, and whether something has failed there. */
import type { MemoryFileSystem } from "../../src/testing/memory.ts";
import type { Row } from "./model.ts";
import { DATA_PATH, ENDPOINTS } from "./random_options.ts";
import type { World } from "./world.ts";

/** The samples in an endpoint's `rejected/`. */
export function keptRows(world: World, files: MemoryFileSystem, endpoint: string): Set<Row> {
  const rows = new Set<Row>();
  for (const [path, bytes] of files.filesBelow(`${DATA_PATH}/${endpoint}/rejected/`)) {
    if (!path.endsWith(".rejected")) continue;
    for (const row of world.reader.ofRejected(bytes)) rows.add(row);
  }
  return rows;
}

/** Those of them that are there, and would be after a power cut: a file that was removed may come back by one, and may not. */
export function safelyKeptRows(world: World, endpoint: string): Set<Row> {
  const { files } = world.host.memory;
  const now = keptRows(world, files, endpoint);
  return new Set(
    [...keptRows(world, files.afterPowerCut(), endpoint)].filter((row) => now.has(row)),
  );
}

/** Something did not work at this path: what is refused may be lost by that. */
export function noteFailure({ keepFailed, updating }: World, path: string): void {
  const owner = ENDPOINTS.find((name) => path.startsWith(`${DATA_PATH}/${name}/`));
  if (owner !== undefined && !path.startsWith(`${DATA_PATH}/${owner}/rejected`)) return;
  // The lock, or the directory of all, is everybody's.
  const concerned = owner === undefined ? ENDPOINTS : [owner];
  for (const name of concerned) {
    keepFailed.set(name, updating > 0 || (keepFailed.get(name) ?? false));
  }
}
