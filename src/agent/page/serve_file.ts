/** The files of the page, as a browser is given them. */
import { PAGE_HEADERS } from "./headers.ts";

/** A file of the page. */
export interface PageFile {
  readonly text: string;
  readonly type: string;
  /** A hash of it. */
  readonly hash: string;
  /** It never changes under its address. */
  readonly isFixed: boolean;
}

/** Those that were asked for, as bytes, each made once. */
const ENCODED = new Map<PageFile, { readonly plain: Uint8Array; zipped?: Promise<Uint8Array> }>();

/** Answers a GET of a file, under gzip where that is asked for. */
export async function serveFile(file: PageFile, request: Request): Promise<Response> {
  const { hash, type, isFixed } = file;
  const isZipped = acceptsGzip(request.headers.get("accept-encoding") ?? "");
  const etag = `"${hash}${isZipped ? "-gzip" : ""}"`;
  const headers: Record<string, string> = {
    ...PAGE_HEADERS,
    "cache-control": isFixed ? "public, max-age=31536000, immutable" : "no-cache",
    etag,
    vary: "accept-encoding",
  };
  if (matches(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  headers["content-type"] = type;
  if (isZipped) headers["content-encoding"] = "gzip";
  const bytes = isZipped ? await zipped(file) : encoded(file).plain;
  return new Response(bytes as BodyInit, { headers });
}

/** Said of the coding itself, or of all, and not with a weight of nothing. */
function acceptsGzip(accepted: string): boolean {
  const weightOf = (coding: string): string | undefined =>
    accepted.split(",").map((part) => part.trim().toLowerCase().split(/\s*;\s*q=/))
      .find(([name]) => name === coding)?.slice(1).concat("1")[0];
  const weight = weightOf("gzip") ?? weightOf("*") ?? "0";
  return Number(weight) > 0;
}

function matches(given: string | null, etag: string): boolean {
  return given?.split(",").some((one) => [etag, "*"].includes(one.trim().replace(/^W\//, ""))) ??
    false;
}

function encoded(file: PageFile): { readonly plain: Uint8Array; zipped?: Promise<Uint8Array> } {
  let made = ENCODED.get(file);
  if (made === undefined) ENCODED.set(file, made = { plain: new TextEncoder().encode(file.text) });
  return made;
}

function zipped(file: PageFile): Promise<Uint8Array> {
  const made = encoded(file);
  return made.zipped ??= gzip(made.plain);
}

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
