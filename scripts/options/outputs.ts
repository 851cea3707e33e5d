import { FILE } from "../../src/agent/config/file.ts";
import { SERVER } from "../../src/agent/config/server_options.ts";
import { ENDPOINT } from "../../src/options/tables/endpoint.ts";
import { block } from "../../src/options/block.ts";
import type { AnyBlock, Rows } from "../../src/options/table.ts";
import { CLIENT } from "../../src/options/tables/discovery/client.ts";
import { CONSUL } from "../../src/options/tables/discovery/consul.ts";
import { DNS } from "../../src/options/tables/discovery/dns.ts";
import { DOCKER } from "../../src/options/tables/discovery/docker.ts";
import { FILE as FILE_TARGETS } from "../../src/options/tables/discovery/file.ts";
import { HTTP } from "../../src/options/tables/discovery/http.ts";
import { KUBERNETES } from "../../src/options/tables/discovery/kubernetes.ts";
import { STATIC } from "../../src/options/tables/discovery/static.ts";
import { QUEUE } from "../../src/options/tables/queue.ts";
import { RELABEL } from "../../src/options/tables/relabel.ts";
import { JOB } from "../../src/options/tables/scrape/job.ts";
import { DEFAULTS, SCRAPE } from "../../src/options/tables/scrape/scrape.ts";
import { checkedFile, checkedProgramFile, givenFile } from "./interfaces.ts";
import { type PageTable, renderPage, renderTables } from "./page.ts";

/** A file that comes from the rows, at least in part. */
export interface Output {
  readonly path: string;
  /** Its text, by what it is now. */
  readonly render: (present: string) => string;
}

const PAGE: readonly PageTable[] = [
  { block: QUEUE, place: "queue.", inLibrary: true },
  { block: ENDPOINT, place: "", inLibrary: true },
  { block: RELABEL, place: "", inLibrary: true },
  { block: SERVER, place: "server.", inLibrary: false },
];

const job = (block: AnyBlock, key: string, without?: Rows): PageTable => ({
  block,
  place: key === "" ? "" : `${key}[].`,
  inLibrary: false,
  ...(without && { without }),
});

const SCRAPING: readonly PageTable[] = [
  { ...job(DEFAULTS, ""), place: "global." },
  job(JOB, "", { ...CLIENT, ...DEFAULTS.rows }),
  job(block("ScrapeClient", "How a server is asked.", CLIENT), ""),
  job(STATIC, "static_configs"),
  job(FILE_TARGETS, "file_sd_configs"),
  job(HTTP, "http_sd_configs", CLIENT),
  job(DNS, "dns_sd_configs"),
  job(DOCKER, "docker_sd_configs", CLIENT),
  job(CONSUL, "consul_sd_configs", CLIENT),
  job(KUBERNETES, "kubernetes_sd_configs", CLIENT),
];

/** All of them; paths are from the root of the repository. */
export function outputs(): Output[] {
  return [
    { path: "src/options/types.ts", render: () => givenFile(QUEUE) },
    { path: "src/options/checked.ts", render: () => checkedFile(QUEUE) },
    { path: "src/options/checked_scrape.ts", render: () => checkedProgramFile(SCRAPE, QUEUE) },
    { path: "docs/options.md", render: (present) => renderPage(present, PAGE, FILE) },
    { path: "docs/scraping.md", render: (present) => renderTables(present, SCRAPING) },
  ];
}
