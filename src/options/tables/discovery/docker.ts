import { shownUrl } from "../../../shown_url.ts";
import { block, defaulted, required } from "../../block.ts";
import type { CheckedDockerDiscovery, CheckedDockerFilter } from "../../checked_scrape.ts";
import { shown } from "../../checks.ts";
import { anyText, filled, flag, integer, list, nested, text } from "../../kinds.ts";
import type { ProgramBlock } from "../../table.ts";
import { clientContradictions } from "../http_client.ts";
import { CLIENT } from "./client.ts";
import { refreshInterval } from "./refresh.ts";

const HOST = text(
  'a URL of the scheme unix, tcp, http or https, such as "unix:///var/run/docker.sock"',
  (input) => /^(?:unix|tcp|https?):\/\/./.test(input) && URL.canParse(input) ? input : undefined,
  (input) => shown(typeof input === "string" ? shownUrl(input) : input),
);

const FILTER: ProgramBlock<CheckedDockerFilter> = block(
  "DockerFilter",
  "Which containers are asked for, as Docker's API has it.",
  {
    name: defaulted(anyText(), "", { doc: "Such as `label`." }),
    values: defaulted(list(anyText(), "value", { min: 0, max: 1_000 }), [], {
      doc: "One of these.",
    }),
  },
);

/** One of `docker_sd_configs`. */
export const DOCKER: ProgramBlock<CheckedDockerDiscovery> = block(
  "DockerDiscovery",
  "Containers of a Docker.",
  {
    host: required(HOST, { doc: "Its API, such as `unix:///var/run/docker.sock`." }),
    port: defaulted(integer(0, 65_535), 80, { doc: "The port of containers that publish none." }),
    hostNetworkingHost: defaulted(filled(), "localhost", {
      doc: "The address of containers that are in the network of their host.",
    }),
    filters: defaulted(list(nested(FILTER), "filter", { min: 0, max: 1_000 }), [], {
      doc: "Which containers are asked for.",
    }),
    matchFirstNetwork: defaulted(flag(), true, {
      doc: "Of a container in more than one network only the first by name counts.",
    }),
    refreshInterval: refreshInterval("60s"),
    ...CLIENT,
  },
  { rule: clientContradictions, hides: true },
);
