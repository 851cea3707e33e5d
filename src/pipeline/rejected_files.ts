import type { PassedOver } from "../contracts.ts";
import { PassedOverFiles } from "./passed_over_files.ts";

/** The files of these ids, which are damaged or which the disk does not read. */
export function rejectedFiles(endpoint: string, ids: Iterable<string>): PassedOver {
  const files = new PassedOverFiles();
  for (const id of ids) files.add(`${endpoint}/rejected/${id}.rejected`);
  return files.told;
}
