import { block, required } from "../../block.ts";
import type { CheckedFileDiscovery } from "../../checked_scrape.ts";
import { list } from "../../kinds.ts";
import type { ProgramBlock } from "../../table.ts";
import { targetsPath } from "../scrape/paths.ts";
import { refreshInterval } from "./refresh.ts";

/** One of `file_sd_configs`. */
export const FILE: ProgramBlock<CheckedFileDiscovery> = block(
  "FileDiscovery",
  "Targets in files, which are read again when they change.",
  {
    files: required(list(targetsPath(), "path", { min: 1, max: 1_000 }), {
      doc: "Paths that end in `.json`, `.yml` or `.yaml`, with `*` in the last part alone.",
    }),
    refreshInterval: refreshInterval("5m"),
  },
);
