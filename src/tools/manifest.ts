/**
 * What an export holds, written when all of it is there: without it an export is not whole.
 * The digest is a chain: of no file it is "", and of one more it is the SHA-256 of the digest
 * before, a line feed, the file's name, a line feed, and the SHA-256 of its bytes.
 */
import { WalqError } from "../errors.ts";
import { sha256 } from "./sha256.ts";

/** The name of the manifest in an export. */
export const MANIFEST_NAME = "walq-export.json";
/** No manifest that walq writes is larger. */
export const MANIFEST_BYTES_MAX: number = 1024 * 1024;
const FORMAT = "walq.export.v1";
const NAME = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})\/wal\/([1-9][0-9]{0,14})\.committed$/;

/** What an export holds. */
export interface ExportTotals {
  readonly files: number;
  readonly bytes: number;
  readonly signals: number;
  readonly digest: string;
}

/** The name of a batch in an export. */
export function exportedName(endpoint: string, id: number): string {
  return `${endpoint}/wal/${id}.committed`;
}

/** The batch of such a name; undefined for any other one. */
export function exportedBatch(name: string): { endpoint: string; id: number } | undefined {
  const [, endpoint, id] = NAME.exec(name) ?? [];
  return endpoint === undefined ? undefined : { endpoint, id: Number(id) };
}

/** The digest with one more file. */
export async function chained(digest: string, name: string, sha: string): Promise<string> {
  return await sha256(new TextEncoder().encode(`${digest}\n${name}\n${sha}`));
}

/** The bytes of a manifest. */
export function encodeManifest(
  totals: ExportTotals,
  of: { readonly exportedAtMs: number; readonly version: string },
): Uint8Array {
  const manifest = {
    format: FORMAT,
    exported_at: new Date(of.exportedAtMs).toISOString(),
    walq: of.version,
    ...totals,
  };
  return new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** @throws {WalqError} `CORRUPT`, `UNSUPPORTED_FORMAT` */
export function readManifest(bytes: Uint8Array, path: string): ExportTotals {
  const said = parsed(bytes);
  const { format, files, bytes: fileBytes, signals, digest } = said ?? {};
  if (format !== FORMAT) {
    throw new WalqError(
      typeof format === "string" ? "UNSUPPORTED_FORMAT" : "CORRUPT",
      `Cannot read export "${path}": got format ${shown(format)} in ${MANIFEST_NAME}, expected ` +
        `"${FORMAT}"`,
    );
  }
  const isFine = [files, fileBytes, signals].every((one) => Number.isSafeInteger(one)) &&
    typeof digest === "string";
  if (!isFine) {
    throw new WalqError(
      "CORRUPT",
      `Cannot read export "${path}": got no counts and digest in ${MANIFEST_NAME}`,
    );
  }
  return {
    files: Number(files),
    bytes: Number(fileBytes),
    signals: Number(signals),
    digest: `${digest}`,
  };
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null
      ? value as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 50)) : "none";
}
