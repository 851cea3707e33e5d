import { assert } from "../assert.ts";
import { FILE_IN_THE_WAY, NOT_A_PLAIN_FILE, tooLarge } from "../platform/file_errors.ts";
import { bufferOf } from "../platform/buffer.ts";
import type { DirectoryEntry, FileHead, FileSystem, Random } from "../contracts.ts";
import { type FileErrorCode, FileSystemError } from "../errors.ts";
import {
  type DirectoryNode,
  type DiskNode,
  type FileNode,
  makeDirectoryNode,
  MemoryDisk,
  type Slot,
} from "./memory_disk.ts";

/**
 * The steps that can fail or be held one by one. `writeAndSync` is a `create`, a
 * `write` for each part and a `sync`; `write` the same without the last, and every
 * other method is one step.
 */
export type FileStep =
  | "read"
  | "create"
  | "write"
  | "sync"
  | "rename"
  | "link"
  | "remove"
  | "sync_directory"
  | "make_directory"
  | "list";

/**
 * Called before every step. A code makes the step fail with it; a promise holds
 * the step until it resolves. A failed `write` has written half of its part. After
 * a failed `sync` the bytes can be read, but a crash tears them, also when a later
 * `sync` of the same file succeeds: the system has let go of them (fsync(2), EIO).
 */
export type FileFault = (
  step: FileStep,
  path: string,
) => FileErrorCode | undefined | Promise<FileErrorCode | undefined>;

/** How a {@link MemoryFileSystem} behaves; both can be changed later. */
export interface MemoryFileOptions {
  /** Makes steps fail, or holds them. */
  readonly fault?: FileFault | undefined;
  /** A write that would take more fails with `no_space`. @default 1 TiB */
  readonly capacityBytes?: number | undefined;
}

/**
 * Files in memory that know what is durable: see {@link MemoryDisk} for what a
 * crash keeps. It is one process's view of its disk: `crash()` ends it, and what
 * it returns is the view of the next process.
 */
export class MemoryFileSystem implements FileSystem {
  /** May be replaced at any time. */
  fault: FileFault | undefined;
  /** A write that would take more fails with `no_space`. */
  capacityBytes: number;
  /** How often each step was begun. */
  readonly counts: Record<FileStep, number> = noSteps();
  #disk = new MemoryDisk();
  #crashed = false;

  /** An empty disk. */
  constructor(options: MemoryFileOptions = {}) {
    this.fault = options.fault;
    this.capacityBytes = options.capacityBytes ?? 2 ** 40;
  }

  /** One step: `read`. */
  async read(path: string, bytesMax: number = Infinity): Promise<Uint8Array> {
    const data = await this.#data(path);
    return data.slice(0, Math.min(data.length, bytesMax));
  }

  /** What is left of `capacityBytes`. No step: it touches no file. */
  freeBytes(_path: string): Promise<number> {
    return Promise.resolve(Math.max(0, this.capacityBytes - this.usedBytes));
  }

  /** One step: `read`. */
  async readWhole(path: string, bytesMax: number, buffer?: Uint8Array): Promise<Uint8Array> {
    const data = await this.#data(path);
    if (data.length > bytesMax) throw tooLarge(path, data.length, bytesMax);
    const bytes = bufferOf(data.length, buffer);
    bytes.set(data);
    return bytes;
  }

  /** One step: `read`. */
  async readHead(path: string, bytesMax: number): Promise<FileHead> {
    const bytes = await this.read(path);
    return { bytes: bytes.subarray(0, bytesMax), fileBytes: bytes.length };
  }

  /** One step: `read`. */
  async readPart(path: string, at: number, bytes: number): Promise<Uint8Array> {
    return (await this.#data(path)).slice(at, at + bytes);
  }

  /** Steps: `create`, a `write` for each part, `sync`. */
  async writeAndSync(path: string, parts: readonly Uint8Array[]): Promise<void> {
    await this.write(path, parts);
    await this.sync(path);
  }

  /** One step: `sync`. One that fails is what tears the file in a crash. */
  async sync(path: string): Promise<void> {
    const node = this.#node("sync", path);
    if (node.kind !== "file") throw failure("sync", path, "io");
    try {
      await this.#step("sync", path);
    } catch (error) {
      node.isLost = !node.synced;
      throw error;
    }
    if (node.isLost) return;
    node.synced = true;
    node.syncedBytes = node.data.length;
  }

  /** Steps: `create`, and a `write` for each part. */
  async write(path: string, parts: readonly Uint8Array[]): Promise<void> {
    await this.#step("create", path);
    const slot = this.#slot("create", path);
    if (slot.directory.live.has(slot.name)) throw failure("create", path, "exists");
    await this.#writeParts(path, this.#enterFile(slot), parts);
  }

  /** Steps: a `create` where there is no such file, and a `write` for each part. */
  async append(path: string, parts: readonly Uint8Array[]): Promise<void> {
    let node = this.#lookUp(path);
    if (node === undefined) {
      await this.#step("create", path);
      node = this.#enterFile(this.#slot("create", path));
    }
    if (node.kind !== "file") throw failure("write", path, "io", path, NOT_A_PLAIN_FILE);
    await this.#writeParts(path, node, parts);
  }

  #lookUp(path: string): DiskNode | undefined {
    const { directory, name } = this.#slot("create", path);
    return directory.live.get(name);
  }

  #enterFile(slot: Slot): FileNode {
    const data = new Uint8Array(0);
    const file: FileNode = { kind: "file", data, synced: false, syncedBytes: 0, isLost: false };
    this.#disk.enter(slot, file);
    return file;
  }

  async #writeParts(path: string, file: FileNode, parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      const code = await this.#faultOf("write", path) ?? this.#bufferOf(part.length);
      const written = code === undefined ? part.length : part.length >> 1;
      file.synced = false;
      file.data = concat(file.data, part.subarray(0, written));
      if (code !== undefined) throw failure("write", path, code);
    }
  }

  /** One step: `rename`. */
  async rename(from: string, to: string): Promise<void> {
    await this.#step("rename", from);
    const node = this.#node("rename", from);
    const target = this.#slot("rename", to, from);
    const replaced = target.directory.live.get(target.name);
    if (replaced !== undefined && replaced.kind !== node.kind) {
      throw failure("rename", from, "io", to);
    }
    // POSIX: of two names for the same file, both stay.
    if (replaced !== node) this.#disk.enter(target, node, this.#slot("rename", from));
  }

  /** One step: `link`. */
  async link(from: string, to: string): Promise<void> {
    await this.#step("link", from);
    const node = this.#node("link", from);
    const target = this.#slot("link", to, from);
    if (target.directory.live.has(target.name)) throw failure("link", from, "exists", to);
    if (node.kind !== "file") throw failure("link", from, "link_unsupported");
    this.#disk.enter(target, node);
  }

  /** One step: `remove`. */
  async remove(path: string): Promise<void> {
    await this.#step("remove", path);
    if (this.#node("remove", path).kind !== "file") throw failure("remove", path, "io");
    this.#disk.remove(this.#slot("remove", path));
  }

  /** One step: `sync_directory`. */
  async syncDirectory(path: string): Promise<void> {
    await this.#step("sync_directory", path);
    this.#disk.syncDirectory(this.#directory("sync_directory", path));
  }

  /** One step: `make_directory`. */
  async makeDirectory(path: string): Promise<void> {
    await this.#step("make_directory", path);
    this.#makeDirectories(path);
  }

  /** One step: `list`. */
  async visit(path: string, take: (entry: DirectoryEntry) => void): Promise<void> {
    await this.#step("list", path);
    for (const [name, { kind }] of this.#directory("list", path).live) take({ name, kind });
  }

  /** Bytes in files, each counted once however many names it has. */
  get usedBytes(): number {
    return sumBytes(this.#disk.root, new Set());
  }

  /**
   * The process dies and the power fails. Operations under way and later ones of
   * this view never settle; the next process sees what is returned. Without
   * `random` all that was not synced is lost, the worst case for acknowledged
   * data; with it each unsynced change is kept, lost or torn by lot.
   */
  crash(random?: Random): MemoryFileSystem {
    assert(!this.#crashed, "a process crashes once");
    this.#crashed = true;
    const { fault, capacityBytes } = this;
    const next = new MemoryFileSystem({ fault, capacityBytes });
    next.#disk = this.#disk.crashed(random);
    return next;
  }

  /** What the worst crash would leave at this moment, to look at; this view goes on. */
  afterPowerCut(): MemoryFileSystem {
    const left = new MemoryFileSystem();
    left.#disk = this.#disk.crashed();
    return left;
  }

  /** Changes of names that a crash may lose. */
  get unsyncedChanges(): number {
    return this.#disk.unsyncedChanges;
  }

  /** Puts a file there, with its directories, durably and at once: what an earlier process left. */
  plant(path: string, data: Uint8Array): void {
    const names = namesOf(path);
    this.#makeDirectories(names.slice(0, -1).join("/"));
    const slot = this.#slot("create", path);
    this.#disk.enter(slot, {
      kind: "file",
      data: data.slice(),
      synced: true,
      syncedBytes: data.length,
      isLost: false,
    });
    for (let depth = 0; depth < names.length; depth++) {
      this.#disk.syncDirectory(this.#directory("create", names.slice(0, depth).join("/")));
    }
  }

  /** Removes a directory with all that is in it, at once and durably: what `rm -rf` does under a process. */
  removeDirectory(path: string): void {
    const slot = this.#slot("remove", path);
    this.#disk.remove(slot);
    this.#disk.syncDirectory(slot.directory);
  }

  /** The same with a file, if it is there. */
  removeFile(path: string): void {
    if (this.peek(path) !== undefined) this.removeDirectory(path);
  }

  /** The bytes of a file as processes see them, at once and without counting as a step. */
  peek(path: string): Uint8Array | undefined {
    try {
      const node = this.#node("read", path);
      return node.kind === "file" ? node.data.slice() : undefined;
    } catch {
      return undefined;
    }
  }

  /** A sync of this file has failed: a crash tears it, whatever syncs come later. */
  isLost(path: string): boolean {
    const node = this.#node("read", path);
    return node.kind === "file" && node.isLost;
  }

  /** An fsync of this file has nothing to bring to the disk. */
  isSynced(path: string): boolean {
    const node = this.#node("read", path);
    return node.kind === "file" && node.synced;
  }

  /** The paths of all files, sorted. */
  paths(): string[] {
    return filesIn(this.#disk.root, "").map(([path]) => path).sort();
  }

  /**
   * The path and the bytes of each file in a directory and below it; of none when there is
   * no such directory. Nothing is copied: the bytes may be looked at, and not be changed.
   */
  filesBelow(directory: string): [path: string, bytes: Uint8Array][] {
    let node: DiskNode | undefined = this.#disk.root;
    const names = namesOf(directory);
    for (const name of names) node = node?.kind === "directory" ? node.live.get(name) : undefined;
    if (node?.kind !== "directory") return [];
    return filesIn(node, names.map((name) => `/${name}`).join(""));
  }

  async #step(step: FileStep, path: string): Promise<void> {
    const code = await this.#faultOf(step, path);
    if (code !== undefined) throw failure(step, path, code);
  }

  async #faultOf(step: FileStep, path: string): Promise<FileErrorCode | undefined> {
    if (!this.#crashed) this.counts[step]++;
    const code = this.#crashed ? undefined : await this.fault?.(step, path);
    if (this.#crashed) return await new Promise(() => {});
    return code;
  }

  async #data(path: string): Promise<Uint8Array> {
    await this.#step("read", path);
    const node = this.#node("read", path);
    if (node.kind !== "file") throw failure("read", path, "io", path, NOT_A_PLAIN_FILE);
    return node.data;
  }

  #bufferOf(bytes: number): FileErrorCode | undefined {
    return this.usedBytes + bytes > this.capacityBytes ? "no_space" : undefined;
  }

  #makeDirectories(path: string): void {
    let directory = this.#disk.root;
    const names = namesOf(path);
    for (const [depth, name] of names.entries()) {
      let next = directory.live.get(name);
      if (next === undefined) {
        next = makeDirectoryNode();
        this.#disk.enter({ directory, name }, next);
      }
      if (next.kind !== "directory") {
        const isLast = depth === names.length - 1;
        throw failure("make_directory", path, isLast ? "exists" : "io", path, FILE_IN_THE_WAY);
      }
      directory = next;
    }
  }

  #node(step: FileStep, path: string): DiskNode {
    if (namesOf(path).length === 0) return this.#disk.root;
    const { directory, name } = this.#slot(step, path);
    const node = directory.live.get(name);
    if (node === undefined) throw failure(step, path, "not_found");
    return node;
  }

  #directory(step: FileStep, path: string): DirectoryNode {
    const node = this.#node(step, path);
    if (node.kind !== "directory") throw failure(step, path, "io");
    return node;
  }

  #slot(step: FileStep, path: string, from: string = path): Slot {
    const names = namesOf(path);
    const name = names.pop();
    assert(name !== undefined, "the root is not a file");
    let directory = this.#disk.root;
    for (const parent of names) {
      const next = directory.live.get(parent);
      if (next === undefined) throw failure(step, from, "not_found", path);
      if (next.kind !== "directory") throw failure(step, from, "io", path);
      directory = next;
    }
    return { directory, name };
  }
}

function noSteps(): Record<FileStep, number> {
  return {
    read: 0,
    create: 0,
    write: 0,
    sync: 0,
    rename: 0,
    link: 0,
    remove: 0,
    sync_directory: 0,
    make_directory: 0,
    list: 0,
  };
}

function failure(
  step: FileStep,
  path: string,
  code: FileErrorCode,
  to: string = path,
  reason: string = code,
): FileSystemError {
  const where = to === path ? path : `${path} to ${to}`;
  const message = `Cannot ${step.replace("_", " ")} ${where}: ${reason}`;
  return new FileSystemError(code, path, message, { cause: new Error(reason) });
}

function namesOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  assert(!names.includes(".."), `memory files know no "..": ${path}`);
  return names;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function sumBytes(directory: DirectoryNode, seen: Set<DiskNode>): number {
  let sum = 0;
  for (const node of directory.live.values()) {
    if (seen.has(node)) continue;
    seen.add(node);
    sum += node.kind === "file" ? node.data.length : sumBytes(node, seen);
  }
  return sum;
}

function filesIn(directory: DirectoryNode, prefix: string): [path: string, bytes: Uint8Array][] {
  const files: [string, Uint8Array][] = [];
  for (const [name, node] of directory.live) {
    const path = `${prefix}/${name}`;
    if (node.kind === "file") files.push([path, node.data]);
    else files.push(...filesIn(node, path));
  }
  return files;
}
