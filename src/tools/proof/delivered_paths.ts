import type { FileSystem } from "../../contracts.ts";
import { WalqError } from "../../errors.ts";
import { batchesIn, chosen, listQueue } from "../queue_listing.ts";

/** What is compared: what was delivered and is kept, or the files of an export. */
export type ComparedPart = "delivered" | "wal";

/**
 * The files of what was sent to one endpoint, in order.
 *
 * @param endpoint its name; it may be left out where there is one alone that has any
 * @throws {WalqError} `INVALID_OPTIONS` when it is not clear which one, or there is none
 */
export async function deliveredPaths(
  files: FileSystem,
  path: string,
  endpoint: string | undefined,
  part: ComparedPart,
): Promise<string[]> {
  const listings: { name: string; paths: string[] }[] = [];
  for (const listing of chosen(await listQueue(files, path), endpoint)) {
    const { name } = listing;
    const paths = [...batchesIn(listing, part)].map(({ path }) => path);
    if (paths.length > 0) listings.push({ name, paths });
  }
  if (listings.length > 1) {
    const names = listings.map(({ name }) => name).join(", ");
    const message = `Cannot compare: "${path}" has files of ${names}; give one by --endpoint`;
    throw new WalqError("INVALID_OPTIONS", message);
  }
  return listings[0]?.paths ?? [];
}
