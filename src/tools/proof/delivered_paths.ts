import type { FileSystem } from "../../contracts.ts";
import { WalqError } from "../../errors.ts";
import { type BatchDirectory, batchPath, listQueue } from "../queue_listing.ts";

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
  part: BatchDirectory,
): Promise<string[]> {
  const listings = (await listQueue(files, path)).filter(({ name, ids }) =>
    endpoint === undefined ? ids[part].length > 0 : name === endpoint
  );
  if (listings.length > 1) {
    const names = listings.map(({ name }) => name).join(", ");
    const message = `Cannot compare: "${path}" has files of ${names}; give one by --endpoint`;
    throw new WalqError("INVALID_OPTIONS", message);
  }
  return listings.flatMap((listing) => listing.ids[part].map((id) => batchPath(listing, part, id)));
}
