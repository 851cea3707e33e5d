import type { ResolvedClient } from "../options/resolved_scrape.ts";

/** A server that nobody has to log in to, by connections as the URL says them. */
export const NO_CLIENT: ResolvedClient = {
  credentials: { identity: { kind: "none" }, secretHeaders: [] },
  connection: undefined,
  tokenConnection: undefined,
  followRedirects: true,
};
