import type { FileSystem, LivenessSocket, Platform } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { withBallast } from "./ballast.ts";
import { isAlive, isHeldHere, noteHeld } from "./liveness.ts";
import { type Found, linked, LOCK_NAME, NOBODY, type Owner, readLock } from "./lock_file.ts";
import { isNotFound } from "./not_found.ts";
import {
  claimName,
  draftName,
  findOwner,
  ownerName,
  removeDeadOwners,
  socketName,
} from "./owner_files.ts";

/**
 * The state of a lock that was taken: still there, taken by somebody else, gone, or
 * replaced by something that no living process has written. `unclear` means that the
 * disk does not let us see.
 */
export type LockState =
  | { readonly is: "held" | "gone" | "unclear" }
  | { readonly is: "taken"; readonly by: Owner; readonly text: string };

/** Held while a queue is open. */
export interface DataPathLock {
  /** Whether the lock is still there and says so: false also where the disk is gone. */
  isHeld(): Promise<boolean>;
  look(): Promise<LockState>;
  /**
   * Puts a lock that is gone back. False where another process may own the data path
   * by now, or the directory is not the one in which the lock was: the disk may be gone.
   */
  putBack(): Promise<boolean>;
  release(): Promise<void>;
}

const NOTHING: Found = { owner: NOBODY, text: "" };

/** Attempts at a lock that others take and leave all the time. */
const ATTEMPTS_MAX = 100;
/** A name that is there and yet never leads to a file, as a broken symbolic link. */
const GONE_ATTEMPTS_MAX = 10;

/**
 * Makes this process the one owner of a data path. The lock is a file that says
 * who owns it; a file of a process that has died is taken over. It is the same
 * on every runtime, so Node, Deno and Bun keep each other out.
 *
 * Somebody may remove the lock of a process that lives. So an owner leaves more files
 * than the lock (see `owner_files.ts`). A process that gets the lock looks for such
 * files of others before it is an owner, and again when its own can be seen: when two
 * come at the same moment, at least one sees the other.
 *
 * @throws {WalqError} `LOCKED` when a living process owns it.
 */
export async function lockDataPath(dataPath: string, platform: Platform): Promise<DataPathLock> {
  const { processes } = platform;
  const nonce = Math.floor(platform.random() * 2 ** 40).toString(36);
  const own: Owner = {
    pid: processes.pid,
    mark: await processes.mark(processes.pid) ?? "unknown",
    nonce,
    runtime: platform.name,
    // Also where none can be opened: there it decides nothing.
    door: socketName(nonce),
  };
  const lock = new Lock(own, dataPath, platform);
  await lock.take();
  return lock;
}

class Lock implements DataPathLock {
  readonly #own: Owner;
  /** What the lock says. */
  readonly #text: string;
  readonly #dataPath: string;
  readonly #platform: Platform;
  readonly #files: FileSystem;
  /** The path of the lock. */
  readonly #path: string;
  readonly #draft: string;
  #socket: LivenessSocket | undefined;
  /** The disk refused to remove the draft. Until it does, only the lock shows that this process is an owner. */
  #isDraftLeft = false;
  /** Without it a lock that somebody removes cannot be put back. */
  #isSigned = false;

  constructor(own: Owner, dataPath: string, platform: Platform) {
    this.#own = own;
    this.#text = JSON.stringify(own);
    this.#dataPath = dataPath;
    this.#platform = platform;
    this.#files = platform.files;
    this.#path = this.#at(LOCK_NAME);
    this.#draft = this.#at(draftName(own));
  }

  /** @throws {WalqError} `LOCKED` */
  async take(): Promise<void> {
    try {
      // In this order, since a process that can be seen and has no draft is taken for an owner.
      await this.#prepare();
      // Before the lock is there: whoever sees the lock of a living process finds it listening.
      this.#socket = await this.#platform.livenessSockets.listen(
        this.#at(socketName(this.#own.nonce)),
      );
      for (let attempt = 1; !await this.#attempt(attempt); attempt++) {
        if (attempt > ATTEMPTS_MAX) throw untakable(this.#path);
      }
      await this.#comeForward();
    } catch (error) {
      await this.#removeIfOwn().catch(() => {});
      await this.#withdraw();
      throw error;
    }
    noteHeld(this.#own.nonce, true);
    await removeDeadOwners(this.#own, this.#dataPath, this.#platform).catch(() => {});
  }

  isHeld(): Promise<boolean> {
    return this.look().then(({ is }) => is === "held");
  }

  async look(): Promise<LockState> {
    try {
      const found = await readLock(this.#files, this.#path);
      if (found === undefined) return { is: "gone" };
      if (found.text === this.#text) {
        if (this.#isDraftLeft) await this.#removeDraft();
        // Read from the lock: it shows whether another one has taken it in this moment.
        if (!this.#isSigned) await this.#sign(this.#path);
        return { is: "held" };
      }
      // Somebody has copied an old lock back, or written anything: no process took it.
      if (!await this.#isOfLiving(found)) return { is: "gone" };
      return { is: "taken", by: found.owner, text: found.text };
    } catch {
      return { is: "unclear" };
    }
  }

  async putBack(): Promise<boolean> {
    const sign = this.#at(ownerName(this.#own));
    try {
      // As long as this is there nobody else has become the owner.
      if ((await readLock(this.#files, sign))?.text !== this.#text) return false;
      if (await linked(this.#files, sign, this.#path)) return true;
      const found = await readLock(this.#files, this.#path);
      if (found === undefined || await this.#isOfLiving(found)) return false;
      await this.#files.remove(this.#path);
      return await linked(this.#files, sign, this.#path);
    } catch {
      return false;
    }
  }

  #isOfLiving({ owner }: Found): Promise<boolean> {
    return isAlive(owner, this.#dataPath, this.#platform);
  }

  async release(): Promise<void> {
    // It counts as given up even when the disk does not remove the file.
    noteHeld(this.#own.nonce, false);
    // A process that comes while the lock is gone and the socket still listens must not be refused.
    await linked(this.#files, this.#at(ownerName(this.#own)), this.#draft).catch(() => {});
    try {
      await this.#removeIfOwn();
    } finally {
      await this.#withdraw();
    }
  }

  /** False when things have changed meanwhile; then it is tried again. */
  async #attempt(attempt: number): Promise<boolean> {
    try {
      await this.#refuseIfOwned();
      // A link appears whole or not at all: nobody reads a half-written lock.
      if (await linked(this.#files, this.#draft, this.#path)) return true;
      const stale = await readLock(this.#files, this.#path) ??
        (attempt > GONE_ATTEMPTS_MAX ? NOTHING : undefined);
      return stale !== undefined && await this.#takeOver(stale);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // An owner that cannot see this process, and has ended since, took the draft for a dead one's.
      await this.#files.remove(this.#draft).catch(() => {});
      await this.#prepare();
      return false;
    }
  }

  /**
   * No file can be removed on the condition that it is still the stale one: meanwhile
   * another process may have put its own lock there. So a stale lock is claimed, by a
   * link whose name comes from that very lock and that one process alone can make;
   * whoever has it replaces the lock, unless that was done before. A claim whose
   * process died is claimed in the same way:
   *
   *     walq.lock (dead) <- walq.lock.after.<its nonce> (dead) <- walq.lock.after.<its nonce>
   */
  async #takeOver(stale: Found): Promise<boolean> {
    const claims: string[] = [];
    for (let last = stale;;) {
      if (await isAlive(last.owner, this.#dataPath, this.#platform)) {
        throw lockedBy(last.owner, this.#dataPath);
      }
      const claim = this.#at(claimName(last.owner));
      if (claims.includes(claim)) {
        // A circle: no process wrote these. The way is free without it.
        await this.#files.remove(claim).catch(() => {});
        return false;
      }
      claims.push(claim);
      if (await linked(this.#files, this.#draft, claim)) break;
      const next = await readLock(this.#files, claim);
      if (next === undefined) return false;
      last = next;
    }
    let isReplaced = false;
    try {
      const now = await readLock(this.#files, this.#path) ?? NOTHING;
      // Another process replaced it before the claim was there, and has it or has left it by now.
      if (now.text !== stale.text) return false;
      await this.#files.rename(this.#draft, this.#path);
      isReplaced = true;
    } finally {
      if (!isReplaced) await this.#files.remove(claims.at(-1)!).catch(() => {});
    }
    return true;
  }

  /**
   * The lock is there. Without its draft this process is seen to be an owner also when
   * somebody removes the lock.
   *
   * @throws {WalqError} `LOCKED` when another one can.
   */
  async #comeForward(): Promise<void> {
    await this.#removeDraft();
    await this.#refuseIfOwned();
  }

  async #removeDraft(): Promise<void> {
    try {
      await this.#files.remove(this.#draft);
      this.#isDraftLeft = false;
    } catch (error) {
      this.#isDraftLeft = !isNotFound(error);
    }
  }

  async #refuseIfOwned(): Promise<void> {
    const owner = await findOwner(this.#own, this.#dataPath, this.#platform);
    if (owner === undefined) return;
    const lock = await readLock(this.#files, this.#path);
    const isNamed = lock?.owner.nonce === owner.nonce;
    throw lockedBy(
      owner,
      this.#dataPath,
      isNamed ? "" : `, although "${LOCK_NAME}" does not say so`,
    );
  }

  async #prepare(): Promise<void> {
    await withBallast(this.#files, this.#dataPath, () => this.#writeDraft());
    await this.#sign(this.#draft);
  }

  /** Where the disk refuses this, the lock is enough until the next attempt, unless somebody removes it. */
  async #sign(from: string): Promise<void> {
    const sign = this.#at(ownerName(this.#own));
    try {
      // One that is there is its own.
      await linked(this.#files, from, sign);
      this.#isSigned = true;
    } catch {
      // Where there are no links a part of it may be there.
      await this.#files.remove(sign).catch(() => {});
      this.#isSigned = false;
    }
  }

  /** What an attempt on a full disk has left is in the way of the next one. */
  async #writeDraft(): Promise<void> {
    try {
      await this.#files.writeAndSync(this.#draft, [new TextEncoder().encode(this.#text)]);
    } catch (error) {
      await this.#files.remove(this.#draft).catch(() => {});
      throw error;
    }
  }

  /** Somebody may have put another there by hand. */
  async #removeIfOwn(): Promise<void> {
    if ((await readLock(this.#files, this.#path))?.text !== this.#text) return;
    try {
      await this.#files.remove(this.#path);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Removes the files that show this process. What the disk keeps of them does no harm. */
  async #withdraw(): Promise<void> {
    await this.#socket?.close();
    for (const path of [this.#at(ownerName(this.#own)), this.#draft]) {
      await this.#files.remove(path).catch(() => {});
    }
  }

  #at(name: string): string {
    return `${this.#dataPath}/${name}`;
  }
}

function untakable(path: string): WalqError {
  return new WalqError(
    "LOCKED",
    `Cannot take "${path}" in ${ATTEMPTS_MAX} attempts: others take and leave it all the time`,
  );
}

function lockedBy(owner: Owner, dataPath: string, remark: string = ""): WalqError {
  const advice = isHeldHere(owner)
    ? `this process has it open already${remark}; ` +
      "close that queue first, or give this one another data path"
    : `${nameOf(owner)} owns it${remark}; ` +
      "stop that process, or give this one another data path";
  return new WalqError("LOCKED", `Cannot open data path "${dataPath}": ${advice}`);
}

/** How a message names a process. */
export function nameOf({ pid, runtime, door }: Owner): string {
  return pid > 0 ? `process ${pid} (${runtime})` : `a process that listens at "${door}"`;
}
