import { block, defaulted } from "../../block.ts";
import type { CheckedStaticConfig } from "../../checked_scrape.ts";
import { anyText, list } from "../../kinds.ts";
import type { ProgramBlock } from "../../table.ts";
import { externalLabels } from "../headers.ts";

/** One of `static_configs`. */
export const STATIC: ProgramBlock<CheckedStaticConfig> = block(
  "StaticConfig",
  "Targets, and labels of all of them.",
  {
    targets: defaulted(list(anyText(), "target", { min: 0, max: 100_000 }), [], {
      doc: "Each `host:port`.",
    }),
    labels: defaulted(externalLabels(), {}, { doc: "Labels of all of these targets." }),
  },
);
