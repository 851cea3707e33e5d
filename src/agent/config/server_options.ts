import { block, defaulted, optional } from "../../options/block.ts";
import { type Check, check, oneOrMore } from "../../options/checks.ts";
import { choice, duration, flag, integer, kindOf, path, size, text } from "../../options/kinds.ts";
import type { AnyBlock, Kind } from "../../options/table.ts";
import { type ListenAddress, parseListenAddress } from "../listen_address.ts";

import type { DeltaHandling, OtlpOptions } from "../../otlp/settings.ts";

/** What the HTTP server works with. */
export interface ServerOptions {
  readonly addresses: readonly ListenAddress[];
  /** Names beside its own by which who comes in on loopback may ask, in lower case. */
  readonly allowedHosts: readonly string[];
  /** Bytes of request bodies in memory at once; beyond it senders are asked to come again. */
  readonly readingBytesMax: number;
  readonly connectionsMax: number | undefined;
  readonly readMsMax: number | undefined;
  /** Before every path; empty, or "/walq". */
  readonly routePrefix: string;
  /** What others call the program. */
  readonly externalUrl: URL | undefined;
  /** Whether it takes remote write. */
  readonly receives: boolean;
  /** Whether it takes OTLP. */
  readonly receivesOtlp: boolean;
  /** Whether there is a page at `/`. */
  readonly hasPage: boolean;
  /** Whether it can be reloaded and ended by a request. */
  readonly hasLifecycle: boolean;
  /** Whether somebody can act on the queue by a request. */
  readonly hasAdminApi: boolean;
  /** The path of Prometheus's web configuration file. */
  readonly webConfigFile: string | undefined;
  /** How often the configuration is looked at for a change; not at all without it. */
  readonly autoReloadMs: number | undefined;
}

/** The `server:` block, as it stands. */
interface ServerBlock {
  readonly listen: readonly ListenAddress[];
  readonly allowedHosts: readonly string[];
  readonly readingBytesMax: number | undefined;
  readonly maxConnections: number | undefined;
  readonly readTimeoutMs: number | undefined;
  readonly externalUrl: URL | undefined;
  readonly routePrefix: string | undefined;
  readonly enableRemoteWriteReceiver: boolean;
  readonly enableOtlpReceiver: boolean;
  readonly page: boolean;
  readonly otlpTypeAndUnitLabels: boolean;
  readonly otlpDeltas: DeltaHandling;
  readonly otlpDeltaMaxStaleMs: number;
  readonly otlpDeltaMaxStreams: number;
  readonly enableLifecycle: boolean;
  readonly enableAdminApi: boolean;
  readonly webConfigFile: string | undefined;
  readonly autoReload: boolean;
  readonly autoReloadIntervalMs: number;
}

/** Loopback: whoever can reach it can write. 9099 is the port of no well-known exporter or server of Prometheus's. */
const LISTEN_DEFAULT = "127.0.0.1:9099";

const LISTEN: Kind<string | readonly string[], readonly ListenAddress[]> = kindOf(
  oneOrMore(check(
    'host:port, such as "127.0.0.1:9099", "[::1]:9099" or ":9099" for all, or "unix:/run/walq.sock", or a list of them',
    (input) => typeof input === "string" ? parseListenAddress(input) : undefined,
  )),
  "string | readonly string[]",
  "texts",
);

const EXTERNAL_URL: Kind<string, URL> = kindOf(
  check('a URL such as "https://walq.example/walq"', parseUrl),
  "string",
  "text",
);

const ROUTE_PREFIX: Kind<string, string> = text(
  'a path such as "/walq"',
  (input) => /^[A-Za-z0-9._~/-]*$/.test(input) ? prefixOf(input) : undefined,
);

const HOSTS: Kind<readonly string[], readonly string[]> = kindOf(
  check('a list of host names without port, such as ["walq.example"]', parseHosts),
  "readonly string[]",
  "texts",
);

const ROWS = {
  listen: defaulted(LISTEN, LISTEN_DEFAULT, {
    doc: "`host:port`; `[::1]:9099` for IPv6; `:9099`, `0.0.0.0:9099` and " +
      "`[::]:9099` are every address of the host, of IPv4 and IPv6; port 0 is any that is free. " +
      "`unix:/run/walq.sock` is a socket of Unix, for its owner and its " +
      "group. A list listens on each.",
  }),
  allowedHosts: defaulted(HOSTS, [], {
    doc:
      "Names, without port, by which who comes in on loopback may ask besides the own ones, and " +
      "whose pages may write: those of a reverse proxy that keeps the `Host`.",
  }),
  readingBytesMax: optional(size("1MiB", "4GiB"), {
    doc: "Bytes of request bodies in memory at once; beyond it senders get a 503. At least twice " +
      "`limits.request_bytes_max`.",
    defaultDoc: "32 MiB, or twice `limits.request_bytes_max` where that is more",
  }),
  maxConnections: optional(integer(1, 1_000_000), {
    doc: "Clients that may be connected at once, over all addresses; those beyond it get a 503.",
    defaultDoc: "1,024, or half of the file descriptors beyond 32 where that is less",
  }),
  readTimeout: optional(duration("1s", "1h"), {
    doc: "The longest that a client may take for the head of a request, and be idle between two, " +
      "where that is less than the bounds of [the program](program.md).",
  }),
  externalUrl: optional(EXTERNAL_URL, {
    doc: "Where others reach the program, through a reverse proxy: its host is one of its names, " +
      "and its path the default of `route_prefix`.",
  }),
  routePrefix: optional(ROUTE_PREFIX, {
    doc: "What all paths of the program begin with: with `/walq` it takes remote write at " +
      "`/walq/api/v1/write`.",
  }),
  enableRemoteWriteReceiver: defaulted(flag(), true, {
    doc: "Whether remote write is taken in. `walq agent` has it off unless asked.",
  }),
  enableOtlpReceiver: defaulted(flag(), true, {
    doc: "Whether metrics of OpenTelemetry are taken in ([OTLP](otlp.md)). `walq agent` has it " +
      "off unless asked.",
  }),
  page: defaulted(flag(), true, {
    doc: "Whether there is a page for people at `/` ([the page](page.md)).",
  }),
  otlpTypeAndUnitLabels: defaulted(flag(), false, {
    doc: "Whether series of OpenTelemetry have labels `__type__` and `__unit__` " +
      "([OTLP](otlp.md)). A reload changes it.",
  }),
  otlpDeltas: defaulted(choice("DeltaHandling", ["refuse", "cumulative", "native"]), "refuse", {
    doc:
      "What becomes of metrics of OpenTelemetry with delta temporality: `cumulative` adds them " +
      "up in memory, `native` keeps them as they are ([OTLP](otlp.md#delta-temporality)). " +
      "A reload changes it.",
  }),
  otlpDeltaMaxStale: defaulted(duration("1s", "1d"), "5m", {
    doc: "With `cumulative`: how long a stream may be silent before its sum is forgotten.",
  }),
  otlpDeltaMaxStreams: defaulted(integer(1, 10_000_000), 100_000, {
    doc: "With `cumulative`: how many streams are remembered; points of others are refused.",
  }),
  enableLifecycle: defaulted(flag(), false, {
    doc: "Whether `POST /-/reload` reads the configuration again, and `POST /-/quit` ends the " +
      "program.",
  }),
  enableAdminApi: defaulted(flag(), false, {
    doc: "Whether somebody can act on the queue by a request, as `walq drop`, `walq replay` and " +
      "`walq retry-rejected` do: `POST /api/v1/queue/...` ([the program](program.md#the-admin-api)).",
  }),
  webConfigFile: optional(path("file"), {
    doc: "A file in the format of Prometheus's `--web.config.file`: TLS, client certificates, " +
      "users and headers ([the program](program.md#tls-and-users)). It is read again while the " +
      "program runs.",
  }),
  autoReload: defaulted(flag(), false, {
    doc: "Whether the configuration is read again by itself when its content changes.",
  }),
  autoReloadInterval: defaulted(duration("1s", "1d"), "30s", {
    doc: "How often its content is looked at.",
  }),
};

/** The `server:` block. */
export const SERVER: AnyBlock & { readonly check: Check<ServerBlock> } = block(
  "ServerBlock",
  "The program's HTTP server.",
  ROWS,
);

/** The block as the program works with it. */
export function serverOptionsOf(
  { listen, allowedHosts, externalUrl, ...block }: ServerBlock,
  readingBytesMax: number,
): ServerOptions {
  const names = externalUrl === undefined ? [] : [externalUrl.hostname];
  return {
    addresses: listen,
    allowedHosts: [...allowedHosts, ...names],
    readingBytesMax,
    connectionsMax: block.maxConnections,
    readMsMax: block.readTimeoutMs,
    externalUrl,
    routePrefix: block.routePrefix ?? prefixOf(externalUrl?.pathname ?? ""),
    receives: block.enableRemoteWriteReceiver,
    receivesOtlp: block.enableOtlpReceiver,
    hasPage: block.page,
    hasLifecycle: block.enableLifecycle,
    hasAdminApi: block.enableAdminApi,
    webConfigFile: block.webConfigFile,
    autoReloadMs: block.autoReload ? block.autoReloadIntervalMs : undefined,
  };
}

/** What the block says of OTLP. It is reloaded with the block `otlp`. */
export function otlpOptionsOfServer(block: ServerBlock): OtlpOptions {
  return {
    typeAndUnitLabels: block.otlpTypeAndUnitLabels,
    deltas: block.otlpDeltas,
    deltaStaleMsMax: block.otlpDeltaMaxStaleMs,
    deltaStreamsMax: block.otlpDeltaMaxStreams,
  };
}

function parseUrl(input: unknown): URL | undefined {
  if (typeof input !== "string" || !URL.canParse(input)) return undefined;
  const url = new URL(input);
  return /^https?:$/.test(url.protocol) && url.username === "" ? url : undefined;
}

/** One slash before it, none behind it; nothing for the root. */
function prefixOf(path: string): string {
  const inner = path.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}

function parseHosts(input: unknown): string[] | undefined {
  if (!Array.isArray(input)) return undefined;
  const isEach = input.every((name) => typeof name === "string" && /^[A-Za-z0-9._-]+$/.test(name));
  return isEach ? input.map((name: string) => name.toLowerCase().replace(/\.$/, "")) : undefined;
}
