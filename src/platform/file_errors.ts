import { dirname } from "node:path";
import { tellOwner } from "./path_owner.ts";
import { type FileErrorCode, FileSystemError, messageOf } from "../errors.ts";

/** What is done with a file, for messages and for codes whose meaning depends on it. */
export type FileAction =
  | "read"
  | "write"
  | "sync"
  | "rename"
  | "link"
  | "remove"
  | "sync directory"
  | "make directory"
  | "list";

const CODES: ReadonlyMap<string, FileErrorCode> = new Map<string, FileErrorCode>(Object.entries({
  ENOENT: "not_found",
  EEXIST: "exists",
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  EROFS: "read_only",
  EACCES: "not_permitted",
  EPERM: "not_permitted",
  EMFILE: "too_many_open",
  ENFILE: "too_many_open",
}));

/** Linux answers EPERM to `link` on file systems without hard links, FAT for one: link(2). */
const LINK_UNSUPPORTED: ReadonlySet<string> = new Set(
  ["EXDEV", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM"],
);

/** Deno's error classes, for the errors that have no code: a missing permission flag, for one. */
const DENO_NAMES: ReadonlyMap<string, FileErrorCode> = new Map<string, FileErrorCode>(
  Object.entries({
    NotFound: "not_found",
    AlreadyExists: "exists",
    PermissionDenied: "not_permitted",
    NotCapable: "not_permitted",
  }),
);

/** The reason when something is read that is no file. */
export const NOT_A_PLAIN_FILE = "not a plain file";
/** Why no directory can be made where there is something else, in the path or above it. */
export const FILE_IN_THE_WAY = "a file is in the way";
const IN_THE_WAY: ReadonlySet<string> = new Set(["EEXIST", "ENOTDIR"]);

/** The error of a runtime, in the words that are the same on all of them. */
export function toFileError(
  error: unknown,
  action: FileAction,
  path: string,
  to?: string,
): FileSystemError {
  const { code: systemCode, name } = error as { code?: unknown; name?: unknown };
  const known = typeof systemCode === "string";
  const code = known ? codeOf(systemCode, action) : DENO_NAMES.get(String(name)) ?? "io";
  const detail = known ? systemCode : messageOf(error);
  const where = to === undefined ? path : `${path} to ${to}`;
  const isInTheWay = action === "make directory" && IN_THE_WAY.has(detail);
  const message = `Cannot ${action} ${where}: ${isInTheWay ? FILE_IN_THE_WAY : code} (${detail})`;
  return new FileSystemError(code, path, message, { cause: error });
}

/** For a file that is larger than its reader takes. */
export function tooLarge(path: string, bytes: number, bytesMax: number): FileSystemError {
  const message = `Cannot read ${path}: got ${bytes} bytes, expected at most ${bytesMax}`;
  return new FileSystemError("too_large", path, message);
}

function codeOf(systemCode: string, action: FileAction): FileErrorCode {
  if (action === "link" && LINK_UNSUPPORTED.has(systemCode)) return "link_unsupported";
  return CODES.get(systemCode) ?? "io";
}

/** Runs one file operation; what it throws becomes a {@link FileSystemError}. */
export async function fileOperation<T>(
  action: FileAction,
  path: string,
  run: () => Promise<T>,
  to?: string,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof FileSystemError) throw error;
    throw await withOwner(toFileError(error, action, path, to), action, to ?? path);
  }
}

/** Changing a name needs rights in its directory, changing a file needs rights on the file. */
const CHANGES_NAME: ReadonlySet<FileAction> = new Set(["rename", "link", "remove"]);

/** Who may do what was refused, where that is what it is about. */
async function withOwner(
  error: FileSystemError,
  action: FileAction,
  path: string,
): Promise<FileSystemError> {
  const { code, cause } = error;
  // What Deno itself forbids has no code of the system.
  const isOfSystem = typeof (cause as { code?: unknown }).code === "string";
  if (code !== "not_permitted" || !isOfSystem) return error;
  const owner = await tellOwner(CHANGES_NAME.has(action) ? dirname(path) : path);
  if (owner === undefined) return error;
  return new FileSystemError(code, error.path, `${error.message}: ${owner}`, { cause });
}
