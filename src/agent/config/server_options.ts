import * as v from "valibot";
import { check, size, strict } from "../../options/checks.ts";

/** What the HTTP server works with. */
export interface ServerOptions {
  readonly hostname: string;
  /** 0 takes any port that is free. */
  readonly port: number;
  /** Names beside its own by which a server on loopback may be asked, in lower case. */
  readonly allowedHosts: readonly string[];
  /** Bytes of request bodies in memory at once; beyond it senders are asked to come again. */
  readonly readingBytesMax: number;
}

/** The `server:` block, as it stands. */
export interface ServerBlock {
  readonly hostname: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly readingBytesMax: number | undefined;
}

/** Loopback: whoever can reach it can write. 9099 is the port of no well-known exporter or server of Prometheus's. */
export const LISTEN_DEFAULT = "127.0.0.1:9099";

const MIB = 1024 * 1024;
const READING_BYTES = { min: MIB, max: 4096 * MIB };
const READING_BYTES_DEFAULT = 32 * MIB;

/** The `server:` block. */
export const SERVER_OPTIONS: v.GenericSchema<unknown, ServerBlock> = v.pipe(
  strict({
    listen: v.optional(
      check('host:port, such as "127.0.0.1:9099", "[::1]:9099" or ":9099" for all', parseListen),
      LISTEN_DEFAULT,
    ),
    allowedHosts: v.optional(
      check('a list of host names without port, such as ["walq.example"]', parseHosts),
      [],
    ),
    readingBytesMax: v.optional(size(READING_BYTES)),
  }),
  v.transform(({ listen, allowedHosts, readingBytesMax }) => ({
    ...listen,
    allowedHosts,
    readingBytesMax,
  })),
);

/** A body of the largest size is held twice for a moment, when its room grows. */
export function readingBytesMin(requestBytesMax: number): number {
  return 2 * requestBytesMax;
}

/** Room for a few large bodies or many small ones. */
export function readingBytesDefault(requestBytesMax: number): number {
  return Math.max(READING_BYTES_DEFAULT, readingBytesMin(requestBytesMax));
}

function parseListen(input: unknown): { hostname: string; port: number } | undefined {
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
