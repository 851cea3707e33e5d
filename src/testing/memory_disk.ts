import type { Random } from "../contracts.ts";

/** The content of a file; hard links are names for the same one. */
export interface FileNode {
  readonly kind: "file";
  data: Uint8Array;
  /** What `data` holds now is on the disk, not only in the cache. */
  synced: boolean;
  /** So many of its first bytes are on the disk, whatever was appended since. */
  syncedBytes: number;
  /** A sync failed: a later one that succeeds brings nothing to the disk. */
  isLost: boolean;
}

/** A directory twice: as processes see it, and as a crash would leave it. */
export interface DirectoryNode {
  readonly kind: "directory";
  readonly live: Map<string, DiskNode>;
  readonly durable: Map<string, DiskNode>;
}

export type DiskNode = FileNode | DirectoryNode;

/** A name in a directory. */
export interface Slot {
  readonly directory: DirectoryNode;
  readonly name: string;
}

/** A change of names that is not on the disk yet: a new name, a removed one, or both for a rename. */
interface Change {
  add: { readonly slot: Slot; readonly node: DiskNode } | undefined;
  remove: Slot | undefined;
}

/**
 * Names and contents with their durability, as POSIX leaves it to a file system
 * with a journal:
 * - a change of names is on the disk once its directory is synced; before that a
 *   crash may keep it or lose it, each by itself, but changes of one same name
 *   stay in order;
 * - a rename is never half lost: the file keeps at least one of both names.
 *   Syncing the source directory keeps all of it; syncing only the target keeps
 *   the new name, and the old one may come back;
 * - bytes are on the disk once the file is synced; before that a crash leaves
 *   nothing, a part, a part and zeros, or all of them.
 */
export class MemoryDisk {
  readonly root: DirectoryNode = makeDirectoryNode();
  #changes: Change[] = [];

  /** Enters a name; with `from`, moves it there. */
  enter(slot: Slot, node: DiskNode, from?: Slot): void {
    slot.directory.live.set(slot.name, node);
    from?.directory.live.delete(from.name);
    this.#changes.push({ add: { slot, node }, remove: from });
  }

  remove(slot: Slot): void {
    slot.directory.live.delete(slot.name);
    this.#changes.push({ add: undefined, remove: slot });
  }

  /** Changes of names that a crash may lose. */
  get unsyncedChanges(): number {
    return this.#changes.length;
  }

  syncDirectory(directory: DirectoryNode): void {
    for (const change of this.#changes) {
      if (change.remove?.directory === directory) {
        apply(change);
      } else if (change.add?.slot.directory === directory) {
        applyAdd(change);
      }
    }
    this.#changes = this.#changes.filter((change) => change.add ?? change.remove);
  }

  /** What is on the disk after the power failed; without `random`, only what was synced. */
  crashed(random?: Random): MemoryDisk {
    for (const change of survivors(this.#changes, random)) apply(change);
    const disk = new MemoryDisk();
    copyDurable(this.root, disk.root, new Map(), random);
    return disk;
  }
}

export function makeDirectoryNode(): DirectoryNode {
  return { kind: "directory", live: new Map(), durable: new Map() };
}

function apply(change: Change): void {
  applyAdd(change);
  change.remove?.directory.durable.delete(change.remove.name);
  change.remove = undefined;
}

function applyAdd(change: Change): void {
  if (change.add === undefined) return;
  const { slot, node } = change.add;
  slot.directory.durable.set(slot.name, node);
  change.add = undefined;
}

/** A change that is kept keeps all earlier ones of the same names. */
function survivors(changes: readonly Change[], random: Random | undefined): Change[] {
  if (random === undefined) return [];
  const kept: Change[] = [];
  const names: Slot[] = [];
  for (const change of changes.toReversed()) {
    const touched = [change.add?.slot, change.remove].filter((slot) => slot !== undefined);
    const needed = touched.some((slot) => names.some((name) => isSame(slot, name)));
    if (!needed && random() < 0.5) continue;
    kept.push(change);
    names.push(...touched);
  }
  return kept.reverse();
}

function isSame(a: Slot, b: Slot): boolean {
  return a.directory === b.directory && a.name === b.name;
}

function copyDurable(
  from: DirectoryNode,
  to: DirectoryNode,
  copies: Map<FileNode, FileNode>,
  random: Random | undefined,
): void {
  for (const [name, node] of from.durable) {
    const copy = node.kind === "file" ? copyFile(node, copies, random) : makeDirectoryNode();
    if (node.kind === "directory" && copy.kind === "directory") {
      copyDurable(node, copy, copies, random);
    }
    to.live.set(name, copy);
    to.durable.set(name, copy);
  }
}

function copyFile(
  node: FileNode,
  copies: Map<FileNode, FileNode>,
  random: Random | undefined,
): FileNode {
  let copy = copies.get(node);
  if (copy === undefined) {
    const data = node.synced ? node.data : tornFile(node, random);
    copy = { kind: "file", data, synced: true, syncedBytes: data.length, isLost: false };
    copies.set(node, copy);
  }
  return copy;
}

/** What was synced stays; what was appended since is torn. */
function tornFile({ data, syncedBytes }: FileNode, random: Random | undefined): Uint8Array {
  const rest = torn(data.subarray(syncedBytes), random);
  const left = new Uint8Array(syncedBytes + rest.length);
  left.set(data.subarray(0, syncedBytes));
  left.set(rest, syncedBytes);
  return left;
}

function torn(data: Uint8Array, random: Random | undefined): Uint8Array {
  if (random === undefined) return new Uint8Array(0);
  const length = Math.floor(random() * (data.length + 1));
  // Some file systems give the file its size before its bytes.
  const zeros = random() < 0.5 ? data.length - length : 0;
  const left = new Uint8Array(length + zeros);
  left.set(data.subarray(0, length));
  return left;
}
