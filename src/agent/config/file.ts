import { QUEUE } from "../../options/tables/queue.ts";
import { blocksOf, type FileBlock, fileOf } from "./file_block.ts";
import { PROMETHEUS_KEYS } from "./prometheus_keys.ts";
import { SERVER } from "./server_options.ts";

/** Every block and key of the configuration file. */
export const FILE: FileBlock = fileOf(
  [{ place: "queue", table: QUEUE }, { place: "server", table: SERVER }],
  PROMETHEUS_KEYS,
);

/** The same, one after the other. */
export const BLOCKS: readonly FileBlock[] = [...blocksOf(FILE)];
