import { sleep } from "../actor/sleep.ts";
import type { Discovery, FileSystem, TargetGroup } from "../contracts.ts";
import { FileSystemError, messageOf } from "../errors.ts";
import { glob, isPattern } from "../glob.ts";
import type { FileDiscovery } from "../options/resolved_scrape.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";
import { FailureLog } from "./failure_log.ts";
import { SourceList } from "./refresh.ts";
import { type ListedGroup, parseJsonList, parseYamlList } from "./target_list.ts";

/** How long a change may go unseen. No runtime tells of changes on all systems. */
const LOOK_MS = 2_000;
/** A hundred thousand targets with their labels. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** What is known of one file. */
interface KnownFile {
  /** What was in it when it was looked at last. */
  readonly bytes: Uint8Array | undefined;
  /** What it said when it could be read last. */
  readonly groups: readonly TargetGroup[];
  /** Why it cannot be read. */
  readonly problem: string | undefined;
}

/**
 * Targets in files, which are looked at again and again. One that cannot be read leaves its
 * targets as they were; one that is gone takes them away.
 */
export class FileDiscoverer implements Discovery {
  readonly #options: FileDiscovery;
  readonly #dependencies: DiscoveryDependencies;
  readonly #failures: FailureLog;
  readonly #sources: SourceList = new SourceList();
  #known: ReadonlyMap<string, KnownFile> = new Map();
  /** Directories that cannot be read are as they were. */
  readonly #listed: Map<string, readonly string[]> = new Map();

  constructor(options: FileDiscovery, dependencies: DiscoveryDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#failures = new FailureLog(dependencies.logger, dependencies.platform.clock);
  }

  async run(tell: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies.platform;
    const { refreshIntervalMs } = this.#options;
    let readMs = -Infinity;
    do {
      const nowMs = clock.monotonicMs();
      // At the interval everything counts as unread: what cannot be read is said again.
      const isAnew = nowMs - readMs >= refreshIntervalMs;
      if (isAnew) readMs = nowMs;
      const isChanged = await this.#look(isAnew);
      if (isChanged && !signal.aborted) tell(this.#sources.withVanished(this.#groups()));
    } while (await sleep(clock, Math.min(LOOK_MS, refreshIntervalMs), signal));
  }

  /** Tells whether something has changed. */
  async #look(isAnew: boolean): Promise<boolean> {
    const before = this.#known;
    const known = new Map<string, KnownFile>();
    let isChanged = isAnew;
    for (const path of await this.#paths()) {
      const last = before.get(path);
      const next = await this.#read(path, last, isAnew);
      if (next === undefined) continue;
      known.set(path, next);
      isChanged ||= next.groups !== last?.groups;
    }
    this.#known = known;
    return isChanged || [...before.keys()].some((path) => !known.has(path));
  }

  #groups(): readonly TargetGroup[] {
    return [...this.#known.values()].flatMap(({ groups }) => groups);
  }

  async #paths(): Promise<ReadonlySet<string>> {
    const paths = new Set<string>();
    for (const path of this.#options.files) {
      for (const one of await this.#matching(path)) paths.add(one);
    }
    return paths;
  }

  async #matching(path: string): Promise<readonly string[]> {
    if (!isPattern(path)) return [path];
    const { files } = this.#dependencies.platform;
    let problem: unknown;
    const visit: FileSystem["visit"] = async (directory, take) => {
      try {
        await files.visit(directory, take);
      } catch (error) {
        if (!isNotFound(error)) problem ??= error;
        throw error;
      }
    };
    const found = await glob({ visit }, path);
    if (problem !== undefined) {
      this.#failures.tell("cannot look for files with targets", messageOf(problem), { path });
      return this.#listed.get(path) ?? found;
    }
    this.#listed.set(path, found);
    return found;
  }

  /** Undefined when there is no such file. */
  async #read(
    path: string,
    last: KnownFile | undefined,
    isAnew: boolean,
  ): Promise<KnownFile | undefined> {
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#dependencies.platform.files.readWhole(path, FILE_BYTES_MAX);
      const isSame = last?.bytes !== undefined && sameBytes(bytes, last.bytes);
      if (isSame && !(isAnew && last.problem !== undefined)) return last;
      return { bytes, groups: groupsIn(path, bytes), problem: undefined };
    } catch (error) {
      if (isNotFound(error) && !await this.#isNamed(path)) return undefined;
      const problem = messageOf(error);
      if (isAnew || problem !== last?.problem || bytes !== undefined) this.#complain(path, problem);
      return { bytes, groups: last?.groups ?? NO_GROUPS, problem };
    }
  }

  /** A link that leads nowhere is there, and somebody may be about to set it anew: its file is not gone. */
  async #isNamed(path: string): Promise<boolean> {
    const end = path.lastIndexOf("/");
    const directory = end < 0 ? "." : path.slice(0, end) || "/";
    let isNamed = false;
    try {
      await this.#dependencies.platform.files.visit(directory, ({ name }) => {
        isNamed ||= name === path.slice(end + 1);
      });
    } catch (error) {
      return !isNotFound(error);
    }
    return isNamed;
  }

  #complain(path: string, problem: string): void {
    this.#dependencies.stats.count("file_read_errors");
    const message = "cannot read a file with targets; what it said last stays in force";
    this.#failures.tell(message, problem, { path });
  }
}

const NO_GROUPS: readonly TargetGroup[] = [];

function groupsIn(path: string, bytes: Uint8Array): readonly TargetGroup[] {
  const isJson = path.toLowerCase().endsWith(".json");
  // In JSON a byte order mark is no blank.
  const text = textOf(bytes, { ignoreBOM: isJson });
  const listed: readonly ListedGroup[] = isJson ? parseJsonList(text) : parseYamlList(text);
  return listed.map(({ targets, labels }, index) => ({
    source: `${path}:${index}`,
    targets,
    labels: { ...labels, __meta_filepath: path },
  }));
}

function textOf(bytes: Uint8Array, { ignoreBOM }: { readonly ignoreBOM: boolean }): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM }).decode(bytes);
  } catch {
    throw new TypeError("it is not UTF-8");
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof FileSystemError && error.code === "not_found";
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // Not by a function for each byte: files may be large, and are looked at all the time.
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
