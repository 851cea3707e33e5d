import { QUEUE } from "../../options/tables/queue.ts";
import { SCRAPE, SCRAPE_FILE } from "../../options/tables/scrape/scrape.ts";
import { blocksOf, type FileBlock, fileOf } from "./file_block.ts";
import { PROMETHEUS_KEYS } from "./prometheus_keys.ts";
import { SERVER } from "./server_options.ts";

/** Every block and key of the configuration file. */
export const FILE: FileBlock = fileOf(
  [
    { place: "queue", table: QUEUE },
    { place: "server", table: SERVER },
    { place: "", table: SCRAPE },
  ],
  PROMETHEUS_KEYS,
);

/** Every block and key of a file that the configuration names in `scrape_config_files`. */
export function jobsFile(): FileBlock {
  return fileOf(
    [{ place: "", table: SCRAPE_FILE }],
    Object.fromEntries(
      Object.entries(PROMETHEUS_KEYS).filter(([path]) => /^scrape_configs(?:\.|$)/.test(path)),
    ),
  );
}

/** The same, one after the other. */
export const BLOCKS: readonly FileBlock[] = [...blocksOf(FILE)];
