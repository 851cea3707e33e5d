import { ENDPOINT_NAME_LENGTH_MAX } from "../../limits.ts";
import { isEndpointName } from "../../endpoint_name.ts";
import { isStreamUrl, readStreamUrl } from "../../stream_url.ts";

const HASH_DIGITS = 8;

/**
 * The name of an endpoint that was given none: its host, and a hash of the URL
 * to tell two on one host apart. It depends on nothing but the URL: the name is
 * the directory of the endpoint's queue, and under another name after a restart
 * what is pending there would never be sent.
 */
export function endpointName(url: string): string {
  return readable(hostOf(url), url);
}

/** The name of one more endpoint on that URL: also by what tells it from the others. */
export function twinName(url: string, difference: string): string {
  return readable(hostOf(url), url, difference);
}

/**
 * A name as a directory can have it. Prometheus takes any text for one: what is no
 * directory's name is made one, with a hash of it, since two can look alike then.
 */
export function directoryName(name: string): string {
  return isEndpointName(name) || name === "" ? name : hashedName(name);
}

/** The same for a name of which another spelling is taken: file systems may tell no case apart. */
export function hashedName(name: string): string {
  return readable(name, name);
}

/** Of a stream, the first of its servers. */
function hostOf(url: string): string {
  const place = isStreamUrl(url) ? readStreamUrl(url, "") : "";
  if (typeof place !== "string") return `${place.servers[0]}-${place.stream}`;
  return URL.canParse(url) ? new URL(url).host : "endpoint";
}

function readable(text: string, ...of: readonly string[]): string {
  const plain = text.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[-.]+|-+$/g, "") || "endpoint";
  const room = ENDPOINT_NAME_LENGTH_MAX - of.length * (HASH_DIGITS + 1);
  return [plain.slice(0, room), ...of.map(shortHash)].join("-");
}

/** 32-bit FNV-1a in hex: enough for the few URLs of one host; two alike are refused. */
export function shortHash(text: string): string {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) state = Math.imul(state ^ byte, 0x01000193);
  return (state >>> 0).toString(16).padStart(HASH_DIGITS, "0");
}
