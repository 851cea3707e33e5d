import type { FileSystem } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";
import { isNotFound } from "./not_found.ts";

/** The name of the lock in a data path. */
export const LOCK_NAME = "walq.lock";

/** Who a lock belongs to. */
export interface Owner {
  readonly pid: number;
  /** See {@link ProcessTable.mark}. */
  readonly mark: string;
  /** Tells the locks of one process apart. */
  readonly nonce: string;
  readonly runtime: string;
  /** The name of its liveness socket in the data path; see {@link LivenessSockets}. Older locks have none. */
  readonly door?: string;
}

/** What a file says that is a lock, a draft of one, or the claim to one. */
export interface Found {
  readonly owner: Owner;
  readonly text: string;
}

/** The owner of a file that no process has left. */
export const NOBODY: Owner = { pid: 0, mark: "unreadable", nonce: "-", runtime: "unknown" };

/** Undefined when the file went away meanwhile. */
export async function readLock(files: FileSystem, path: string): Promise<Found | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await files.read(path, 4096);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const text = new TextDecoder().decode(bytes);
  return { owner: ownerOf(text), text };
}

/** Gives a file a second name, which appears whole or not at all; false when the name is taken. */
export async function linked(files: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    if (error.code === "exists") return false;
    if (error.code !== "link_unsupported" && error.code !== "not_permitted") throw error;
  }
  try {
    const bytes = await files.read(from);
    await files.writeAndSync(to, [bytes]);
    // Who read it half-written may have taken it for nobody's.
    return (await readLock(files, to))?.text === new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof FileSystemError && error.code === "exists") return false;
    throw error;
  }
}

function ownerOf(text: string): Owner {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    if (
      Number.isSafeInteger(owner.pid) && typeof owner.mark === "string" && isSocketName(owner.door)
    ) {
      return { ...owner, nonce: isNonce(owner.nonce) ? owner.nonce : NOBODY.nonce } as Owner;
    }
  } catch {
    // Fall through: unreadable.
  }
  // Nobody who is alive leaves such a lock: locks are written before they are linked.
  return NOBODY;
}

/** Like the socket's: part of a name in the data path and nothing else. */
function isNonce(nonce: unknown): nonce is string {
  return typeof nonce === "string" && /^[0-9a-z]{1,16}$/.test(nonce);
}

/** A lock is a file that anybody may write: its socket is a name in the data path and nothing else. */
function isSocketName(name: unknown): boolean {
  return name === undefined || (typeof name === "string" && /^walq\.[0-9a-z]+\.door$/.test(name));
}
