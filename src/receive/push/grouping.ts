/** What the path of a push to the Pushgateway says: `/metrics/job/<job>{/<label>/<value>}`. */
import { WalqError } from "../../errors.ts";
import { bounded } from "./extra_labels.ts";

const BASE64 = "@base64";
const METRICS = /\/metrics\/(job(?:@base64)?\/.*)$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The labels of the group. A value that is empty takes the label away from what is pushed.
 *
 * @param pathname as in the URL, with its escapes
 * @throws {WalqError} `INVALID_REQUEST`
 */
export function groupingOf(pathname: string): Map<string, string> {
  const [, path = ""] = METRICS.exec(pathname) ?? [];
  const parts = path.replace(/^([^/]*\/[^/]*)\/$/, "$1").split("/");
  if (parts.length % 2 !== 0) {
    throw invalid(`odd number of components in label string ${quoted(path)}`);
  }
  const labels = new Map<string, string>();
  // Of a label that is there twice the last value counts; the first of all is the job.
  for (let at = parts.length - 2; at >= 0; at -= 2) {
    const name = plain(parts[at]!);
    const trimmed = name.endsWith(BASE64) ? name.slice(0, -BASE64.length) : name;
    if (!LABEL_NAME.test(trimmed) || trimmed.startsWith("__")) {
      throw invalid(`improper label name ${quoted(trimmed)}`);
    }
    const value = plain(parts[at + 1]!);
    const decoded = name === trimmed ? value : decodeBase64(trimmed, value);
    if (at === 0 || !labels.has(trimmed)) labels.set(trimmed, decoded);
  }
  if (labels.get("job") === "") throw invalid("job name is required");
  return bounded(labels);
}

/** Escapes of the URL stand for what they are, a slash too. */
function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid(`got ${quoted(part)} in the path, expected escapes of UTF-8`);
  }
}

/** The alphabet that is safe in URLs; what fills up at the end is passed over. */
function decodeBase64(name: string, value: string): string {
  const text = value.replace(/=+$/, "");
  if (/^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1) {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    try {
      const bytes = Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw invalid(`invalid UTF-8 in base64 for label ${name}=${quoted(value)}`);
    }
  }
  throw invalid(`invalid base64 encoding for label ${name}=${quoted(value)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function invalid(message: string): WalqError {
  return new WalqError("INVALID_REQUEST", message);
}
