import { block, defaulted } from "../../block.ts";
import type { CheckedScrapeDefaults, CheckedScrapeOptions } from "../../checked_scrape.ts";
import { list, nested } from "../../kinds.ts";
import type { AnyBlock, ProgramBlock } from "../../table.ts";
import { INHERITED } from "./inherited.ts";
import { JOB } from "./job.ts";
import { globPath } from "./paths.ts";

/** How many jobs a file may have, and with it those of `scrape_config_files`. */
const JOBS_MAX = 10_000;

const JOBS = defaulted(list(nested(JOB), "job", { min: 0, max: JOBS_MAX }), [], {
  doc: "What is scraped.",
});

/** What holds for all jobs that say nothing else. */
export const DEFAULTS: ProgramBlock<CheckedScrapeDefaults> = block(
  "ScrapeDefaults",
  "What holds for all jobs that say nothing else.",
  INHERITED,
);

/** What a file says of scraping. What is wrong between its parts `resolveScrape` tells. */
export const SCRAPE: ProgramBlock<CheckedScrapeOptions> = block(
  "ScrapeOptions",
  "What is scraped, and how.",
  {
    global: defaulted(nested(DEFAULTS), {}, {
      doc: "What holds for all jobs that say nothing else.",
    }),
    scrapeConfigs: JOBS,
    scrapeConfigFiles: defaulted(list(globPath(), "path", { min: 0, max: 1_000 }), [], {
      doc: "Files with `scrape_configs` of their own, read again at each reload: paths from the " +
        "directory of this file, with `*` in their last part alone. One that matches nothing " +
        "brings nothing. Paths in such a file are from its own directory.",
    }),
  },
);

/** One of `scrape_config_files`. */
export const SCRAPE_FILE: AnyBlock = block(
  "ScrapeFile",
  "A file with jobs of its own.",
  { scrapeConfigs: JOBS },
);
