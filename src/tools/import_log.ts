import type { BatchId, FileSystem } from "../contracts.ts";
import { isNotFound } from "../filequeue/not_found.ts";

/** The name of the record in the directory of an endpoint. */
export const IMPORT_LOG_NAME = "imported.log";
const LINE = /^([0-9a-f]{64}) (\S{1,200}) ([1-9][0-9]{0,14})$/;
const READ_BYTES = 256 * 1024;

/** One batch that was imported. */
export interface ImportedBatch {
  /** The SHA-256 of its file. */
  readonly sha: string;
  /** Where it was in the export. */
  readonly source: string;
  /** Its id here. */
  readonly id: BatchId;
}

/**
 * The record of what was imported into an endpoint: a line a batch, appended. A batch counts
 * as imported as soon as its line is durable. What a crash has left of a line is none.
 */
export class ImportLog {
  readonly #files: FileSystem;
  readonly #directory: string;
  readonly #path: string;
  /** The ids here, by hash and source. */
  readonly #known = new Map<string, BatchId>();
  #hasBegun = false;

  private constructor(files: FileSystem, directory: string) {
    this.#files = files;
    this.#directory = directory;
    this.#path = `${directory}/${IMPORT_LOG_NAME}`;
  }

  static async open(files: FileSystem, directory: string): Promise<ImportLog> {
    const log = new ImportLog(files, directory);
    await log.#read();
    return log;
  }

  has(batch: Pick<ImportedBatch, "sha" | "source">): boolean {
    return this.#known.has(keyOf(batch));
  }

  /** The ids of all that it has. */
  ids(): ReadonlySet<BatchId> {
    return new Set(this.#known.values());
  }

  /** Resolves when the lines are durable. */
  async add(batches: readonly ImportedBatch[]): Promise<void> {
    const lines = batches.map(({ sha, source, id }) => `${sha} ${source} ${id}\n`).join("");
    // Behind what a crash has left of a line.
    const text = this.#hasBegun ? lines : `\n${lines}`;
    await this.#files.append(this.#path, [new TextEncoder().encode(text)]);
    await this.#files.sync(this.#path);
    if (!this.#hasBegun) await this.#files.syncDirectory(this.#directory);
    this.#hasBegun = true;
    for (const batch of batches) this.#known.set(keyOf(batch), batch.id);
  }

  async #read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder("latin1");
    for (let at = 0;;) {
      const bytes = await this.#part(at);
      if (bytes.length === 0) break;
      at += bytes.length;
      const lines = (rest + decoder.decode(bytes)).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#take(line);
    }
  }

  async #part(at: number): Promise<Uint8Array> {
    try {
      return await this.#files.readPart(this.#path, at, READ_BYTES);
    } catch (error) {
      if (isNotFound(error)) return new Uint8Array(0);
      throw error;
    }
  }

  #take(line: string): void {
    const [, sha, source, id] = LINE.exec(line) ?? [];
    if (sha !== undefined) this.#known.set(keyOf({ sha, source: source! }), Number(id));
  }
}

function keyOf({ sha, source }: Pick<ImportedBatch, "sha" | "source">): string {
  return `${sha} ${source}`;
}
