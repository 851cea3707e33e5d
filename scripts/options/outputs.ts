import { FILE } from "../../src/agent/config/file.ts";
import { SERVER } from "../../src/agent/config/server_options.ts";
import { ENDPOINT } from "../../src/options/tables/endpoint.ts";
import { QUEUE } from "../../src/options/tables/queue.ts";
import { RELABEL } from "../../src/options/tables/relabel.ts";
import { SCRAPE } from "../../src/options/tables/scrape/scrape.ts";
import { checkedFile, checkedProgramFile, givenFile } from "./interfaces.ts";
import { type PageTable, renderPage } from "./page.ts";

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

/** All of them; paths are from the root of the repository. */
export function outputs(): Output[] {
  return [
    { path: "src/options/types.ts", render: () => givenFile(QUEUE) },
    { path: "src/options/checked.ts", render: () => checkedFile(QUEUE) },
    { path: "src/options/checked_scrape.ts", render: () => checkedProgramFile(SCRAPE, QUEUE) },
    { path: "docs/options.md", render: (present) => renderPage(present, PAGE, FILE) },
  ];
}
