import { block, defaulted, optional } from "../../options/block.ts";
import { type Check, check } from "../../options/checks.ts";
import { kindOf, size } from "../../options/kinds.ts";
import type { AnyBlock, Kind } from "../../options/table.ts";

/** Where the server listens. */
interface ListenAddress {
  readonly hostname: string;
  /** 0 takes any port that is free. */
  readonly port: number;
}

/** What the HTTP server works with. */
export interface ServerOptions extends ListenAddress {
  /** Names beside its own by which a server on loopback may be asked, in lower case. */
  readonly allowedHosts: readonly string[];
  /** Bytes of request bodies in memory at once; beyond it senders are asked to come again. */
  readonly readingBytesMax: number;
}

/** The `server:` block, as it stands. */
interface ServerBlock {
  readonly listen: ListenAddress;
  readonly allowedHosts: readonly string[];
  readonly readingBytesMax: number | undefined;
}

/** Loopback: whoever can reach it can write. 9099 is the port of no well-known exporter or server of Prometheus's. */
const LISTEN_DEFAULT = "127.0.0.1:9099";

const READING_BYTES_DEFAULT = 32 * 1024 * 1024;

const LISTEN: Kind<string, ListenAddress> = kindOf(
  check('host:port, such as "127.0.0.1:9099", "[::1]:9099" or ":9099" for all', parseListen),
  "string",
  "text",
);

const HOSTS: Kind<readonly string[], readonly string[]> = kindOf(
  check('a list of host names without port, such as ["walq.example"]', parseHosts),
  "readonly string[]",
  "texts",
);

const ROWS = {
  listen: defaulted(LISTEN, LISTEN_DEFAULT, {
    doc: "`host:port`; `[::1]:9099` for IPv6; `:9099` is every IPv4 address of the host; port 0 " +
      "is any that is free.",
  }),
  allowedHosts: defaulted(HOSTS, [], {
    doc: "Names, without port, by which a listener on loopback may be asked besides its own: " +
      "those of a reverse proxy that keeps the `Host`.",
  }),
  readingBytesMax: optional(size("1MiB", "4GiB"), {
    doc: "Bytes of request bodies in memory at once; beyond it senders get a 503. At least twice " +
      "`limits.request_bytes_max`.",
    defaultDoc: "32 MiB, or twice `limits.request_bytes_max` where that is more",
  }),
};

/** The `server:` block. */
export const SERVER: AnyBlock & { readonly check: Check<ServerBlock> } = block(
  "ServerBlock",
  "The program's HTTP server.",
  ROWS,
);

/** A body of the largest size is held twice for a moment, when its room grows. */
export function readingBytesMin(requestBytesMax: number): number {
  return 2 * requestBytesMax;
}

/** Room for a few large bodies or many small ones. */
export function readingBytesDefault(requestBytesMax: number): number {
  return Math.max(READING_BYTES_DEFAULT, readingBytesMin(requestBytesMax));
}

function parseListen(input: unknown): ListenAddress | undefined {
  const match = typeof input === "string" &&
    /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):(\d{1,5})$/.exec(input);
  if (!match || Number(match[2]) > 65_535) return undefined;
  const hostname = match[1]!.replace(/^\[|\]$/g, "");
  return { hostname: hostname === "" ? "0.0.0.0" : hostname, port: Number(match[2]) };
}

function parseHosts(input: unknown): string[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const isEach = input.every((name) => typeof name === "string" && /^[A-Za-z0-9._-]+$/.test(name));
  return isEach ? input.map((name: string) => name.toLowerCase().replace(/\.$/, "")) : undefined;
}
