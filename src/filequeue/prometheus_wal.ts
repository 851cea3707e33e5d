import type { FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { findEntries } from "./find_entries.ts";
import { isNotFound } from "./not_found.ts";

/** Of a directory of Prometheus, agent or server, that an endpoint of the same name would get. */
const DIRECTORIES: ReadonlySet<string> = new Set(["wal", "wbl", "chunks_head"]);
/** A segment, or a checkpoint of some. */
const SEGMENT = /^(?:\d{6}|\d{8}|checkpoint\.\d+(?:\.tmp)?)$/;

/**
 * Refuses the directory of an endpoint that is Prometheus's own: whoever deletes what
 * Prometheus left would delete what is pending, too.
 *
 * @throws {WalqError} `INVALID_OPTIONS` that says what to do.
 */
export async function refusePrometheusWal(files: FileSystem, directory: string): Promise<void> {
  const name = directory.slice(directory.lastIndexOf("/") + 1);
  if (!DIRECTORIES.has(name.toLowerCase())) return;
  const segments = await findEntries(
    files,
    directory,
    (entry) => SEGMENT.test(entry.name) ? entry.name : undefined,
  ).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    throw error;
  });
  if (segments.length === 0) return;
  throw new WalqError(
    "INVALID_OPTIONS",
    `Cannot keep the queue of endpoint ${
      JSON.stringify(name)
    } in ${directory}: Prometheus has its ` +
      `own files there (${segments[0]}); give the endpoint another name, or walq another data path`,
  );
}
