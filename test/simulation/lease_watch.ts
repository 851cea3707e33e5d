import type { Clock, FileSystem } from "../../src/contracts.ts";
import { READ_ATTEMPTS_MAX, UNREADABLE_MS_MAX } from "../../src/filequeue/read_back.ts";
import { changed } from "./changed_files.ts";
import type { Row } from "./model.ts";

/** What is known of a file that was read. */
interface Lease {
  readonly unanswered: Set<Row>;
  /** The model knows what is in it. */
  readonly isKnown: boolean;
}

/**
 * Which files one process has read to send them and not tried to remove since, and of
 * which something has no answer. Files are read in order, so after an endpoint's restart
 * the same ones come first: this never counts more than were leased at one time. A batch
 * that the store hands out of memory is not seen here.
 */
export class LeaseWatch {
  readonly files: FileSystem;
  /** With those of their rows that have no answer. */
  readonly #leased = new Map<string, Lease>();
  /** Files that somebody has tried to remove. */
  readonly #removed = new Set<string>();
  /** The first fresh batch of each endpoint that has two lanes. */
  readonly #lanes = new Map<string, number>();
  readonly #freshFrom: (endpoint: string) => number | undefined;
  readonly #paths: () => readonly string[];
  readonly #rowsOf: (bytes: Uint8Array) => readonly Row[];
  readonly #isExcused: (endpoint: string, row: Row) => boolean;
  /** Files that could not be read, and how often one time after the other. */
  readonly #failing = new Map<string, number>();
  /** Files whose heads could not be read, and since when: what is to make room is not read whole. */
  readonly #headless = new Map<string, number>();

  /**
   * @param onUnreadable told of a file that could not be read so often, or for so long, that it may be set aside
   * @param onHeadless told of a file whose head could not be read
   * @param onRemove told of a file before it is removed
   * @param onWrite told of a file before it is written
   * @param onNamed told of a file that has got another name
   * @param freshFrom the first batch of an endpoint that is fresh at this moment
   * @param paths of all files that there are
   * @param rowsOf the rows of a file
   * @param isExcused whether an endpoint may have dropped a row, so that it gets no answer
   */
  constructor(
    files: FileSystem,
    clock: Pick<Clock, "monotonicMs">,
    { onUnreadable, onHeadless, onRemove, onWrite, onNamed, freshFrom, paths, rowsOf, isExcused }: {
      readonly onUnreadable: (path: string) => void;
      readonly onHeadless: (path: string) => void;
      readonly onRemove: (path: string) => void;
      readonly onWrite: (path: string, parts: readonly Uint8Array[]) => void;
      readonly onNamed: (path: string) => void;
      readonly freshFrom: (endpoint: string) => number | undefined;
      readonly paths: () => readonly string[];
      readonly rowsOf: (bytes: Uint8Array) => readonly Row[];
      readonly isExcused: (endpoint: string, row: Row) => boolean;
    },
  ) {
    this.#freshFrom = freshFrom;
    this.#paths = paths;
    this.#rowsOf = rowsOf;
    this.#isExcused = isExcused;
    const done = (path: string): void => void this.#leased.delete(path);
    this.files = changed(files, {
      readWhole: async (path, bytesMax, room) => {
        const bytes = await files.readWhole(path, bytesMax, room).catch((error) => {
          if (error.code === "io" && this.#fails(path) === READ_ATTEMPTS_MAX) onUnreadable(path);
          throw error;
        });
        this.#failing.delete(path);
        // Who looks at a batch and does not take it brings no room of its own.
        if (room !== undefined) this.#lease(path, bytes);
        return bytes;
      },
      readHead: async (path, bytesMax) => {
        const head = await files.readHead(path, bytesMax).catch((error) => {
          onHeadless(path);
          const sinceMs = this.#headless.get(path) ?? clock.monotonicMs();
          this.#headless.set(path, sinceMs);
          const isLong = clock.monotonicMs() - sinceMs >= UNREADABLE_MS_MAX;
          if (error.code === "io" && isLong) onUnreadable(path);
          throw error;
        });
        this.#headless.delete(path);
        return head;
      },
      write: (path, parts) => {
        onWrite(path, parts);
        return files.write(path, parts);
      },
      writeAndSync: (path, parts) => {
        onWrite(path, parts);
        return files.writeAndSync(path, parts);
      },
      link: async (from, to) => {
        await files.link(from, to);
        this.#removed.delete(to);
        onNamed(to);
      },
      remove: (path) => {
        done(path);
        this.#removed.add(path);
        onRemove(path);
        return files.remove(path);
      },
      rename: async (from, to) => {
        done(from);
        await files.rename(from, to);
        onNamed(to);
      },
    });
  }

  #fails(path: string): number {
    const times = (this.#failing.get(path) ?? 0) + 1;
    this.#failing.set(path, times);
    return times;
  }

  /** The queue is opened anew: nothing is leased. */
  clear(): void {
    this.#leased.clear();
    this.#lanes.clear();
  }

  #lease(path: string, bytes: Uint8Array): void {
    const place = placeOf(path);
    if (place === undefined) return;
    this.#lookAtLanes(place.endpoint);
    const rows = this.#rowsOf(bytes);
    this.#leased.set(path, { unanswered: new Set(rows), isKnown: rows.length > 0 });
  }

  /** These have their answer, and came out of one of these endpoints' files. */
  answered(endpoints: readonly string[], rows: readonly Row[]): void {
    for (const [path, { unanswered }] of this.#leased) {
      if (!endpoints.includes(placeOf(path)!.endpoint)) continue;
      for (const row of rows) unanswered.delete(row);
    }
  }

  /** Of an endpoint: the leases that are open, and the batches that are through and whose files are to go. */
  of(endpoint: string): { readonly open: number; readonly through: number } {
    this.#lookAtLanes(endpoint);
    const ofIt = [...this.#leased].filter(([path]) => placeOf(path)?.endpoint === endpoint);
    const isThrough = ({ unanswered, isKnown }: Lease): boolean =>
      isKnown && [...unanswered].every((row) => this.#isExcused(endpoint, row));
    const through = ofIt.filter(([, lease]) => isThrough(lease)).length;
    return { open: ofIt.length - through, through };
  }

  /**
   * Where what was fresh has gone behind a backlog, it was given back, and is not what is read
   * first. Where the backlog is through, the one who has it goes on.
   */
  #lookAtLanes(endpoint: string): void {
    const before = this.#lanes.get(endpoint);
    const from = this.#freshFrom(endpoint);
    if (before === from) return;
    if (from === undefined) this.#lanes.delete(endpoint);
    else this.#lanes.set(endpoint, from);
    if (before === undefined || (from === undefined && !this.#hasBacklog(endpoint, before))) return;
    for (const path of this.#leased.keys()) {
      const place = placeOf(path);
      if (place?.endpoint === endpoint && place.id >= before) this.#leased.delete(path);
    }
  }

  /** Whether there are files below an id that nobody has tried to remove. */
  #hasBacklog(endpoint: string, below: number): boolean {
    return this.#paths().some((path) => {
      const place = placeOf(path);
      return place?.endpoint === endpoint && place.id < below && !this.#removed.has(path);
    });
  }
}

/** Of which endpoint a batch is, and its id. */
function placeOf(path: string): { readonly endpoint: string; readonly id: number } | undefined {
  const [, endpoint, id] = /\/([^/]+)\/wal\/([0-9]+)\.committed$/.exec(path) ?? [];
  return endpoint === undefined ? undefined : { endpoint, id: Number(id) };
}
