import { block, required } from "../../block.ts";
import type { CheckedHttpDiscovery } from "../../checked_scrape.ts";
import type { ProgramBlock } from "../../table.ts";
import { clientContradictions } from "../http_client.ts";
import { httpUrl } from "../url.ts";
import { CLIENT } from "./client.ts";
import { refreshInterval } from "./refresh.ts";

/** One of `http_sd_configs`. */
export const HTTP: ProgramBlock<CheckedHttpDiscovery> = block(
  "HttpDiscovery",
  "Targets that an HTTP server tells, in JSON.",
  {
    url: required(httpUrl("basicAuth"), { doc: "Where they are told: http or https." }),
    refreshInterval: refreshInterval("60s"),
    ...CLIENT,
  },
  { rule: clientContradictions, hides: true },
);
