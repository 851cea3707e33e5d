import { FileSystemError } from "../errors.ts";

/** Whether a name was not found. */
export function isNotFound(error: unknown): boolean {
  return error instanceof FileSystemError && error.code === "not_found";
}

/**
 * Whether a file that was not found is gone: a missing name proves nothing when the
 * disk itself is gone. See {@link FileQueueOptions.isOwner}.
 */
export async function isGone(error: unknown, isOwner: () => Promise<boolean>): Promise<boolean> {
  return isNotFound(error) && await isOwner();
}
