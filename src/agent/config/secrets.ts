import type { FileSystem } from "../../contracts.ts";
import { FileSystemError, messageOf } from "../../errors.ts";
import type { ReadBlock } from "./block.ts";
import type { Problems } from "./problems.ts";

/** A key or a token; nobody's is larger. */
const SECRET_BYTES_MAX = 64 * 1024;

/** In place of a secret that cannot be had, which is told already: nothing starts with it. */
const STAND_IN = "unread";

/** Where secret files are looked for. */
export interface SecretFiles {
  readonly files: FileSystem;
  /** Of the configuration file; relative paths start here, as in Prometheus. */
  readonly directory: string;
}

/**
 * Takes the secret from the block: given in place as `option`, or in the file
 * that `option + "File"` names. White space at the ends of a file is not part of
 * it: editors end files with a newline.
 */
export async function takeSecret(
  block: ReadBlock,
  option: string,
  secretFiles: SecretFiles,
  problems: Problems,
): Promise<unknown> {
  const origin = block.origins.get(`${option}File`);
  if (origin === undefined) return block.options[option];
  const inPlace = block.origins.get(option);
  if (inPlace !== undefined) {
    problems.add(
      origin.place,
      `${origin.key}: given together with ${inPlace.key} (${inPlace.place})`,
    );
    return STAND_IN;
  }
  const path = block.options[`${option}File`];
  if (typeof path !== "string" || path === "") {
    problems.add(origin.place, `${origin.key}: expected the path of a file`);
    return STAND_IN;
  }
  try {
    const bytes = await secretFiles.files.read(
      resolvePath(secretFiles.directory, path),
      SECRET_BYTES_MAX,
    );
    const secret = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
    if (secret !== "") return secret;
    problems.add(origin.place, `${origin.key}: the file "${path}" is empty`);
  } catch (error) {
    problems.add(origin.place, `${origin.key}: cannot read the file "${path}": ${whyNot(error)}`);
  }
  return STAND_IN;
}

function whyNot(error: unknown): string {
  if (!(error instanceof FileSystemError)) return "not UTF-8";
  // "io" stands for all that has no word of its own.
  return error.code === "io" ? messageOf(error.cause) : error.code.replaceAll("_", " ");
}

/** The directory part of a path. */
export function directoryOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (end < 0) return ".";
  return end === 0 ? path.slice(0, 1) : path.slice(0, end);
}

function resolvePath(directory: string, path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${directory}/${path}`;
}
