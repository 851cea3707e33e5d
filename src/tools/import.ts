import { WalqError } from "../errors.ts";
import { makeDurableDirectory } from "../filequeue/durable_directory.ts";
import { BatchFileReader, isFaultOfFile } from "./batch_file.ts";
import { refuseWrongNames } from "./endpoint_names.ts";
import { ImportIds, ImportIntake, type IncomingBatch } from "./import_intake.ts";
import { type ExportedFile, type ImportSource, openExport } from "./import_source.ts";
import { chained } from "./manifest.ts";
import { withDataPath } from "./owned.ts";
import { sha256 } from "./sha256.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** How an export is imported. */
export interface ImportOptions {
  /** The export. */
  readonly from: string;
  readonly dataPath: string;
  /** The one endpoint of the export whose batches are imported, where it has more. */
  readonly of?: string | undefined;
  /** The endpoints that get all of them. @default those of the export, by name */
  readonly endpoints?: readonly string[] | undefined;
  /** Those that there are, where it is known. @default not known */
  readonly known?: readonly string[] | undefined;
}

/** What was imported. */
export interface Imported {
  /** Batches, counted for each endpoint that got them. */
  readonly files: number;
  readonly bytes: number;
  readonly signals: number;
  /** Batches that an endpoint had from an import before. */
  readonly before: number;
  /** Batches that are damaged: they were imported as they are, and go to quarantine when it is their turn. */
  readonly damaged: number;
  /** The endpoints that got them. */
  readonly endpoints: readonly string[];
}

/**
 * Puts an export into a data path at rest. However often it is run, and wherever it is killed
 * in between, each batch is in the queue once.
 *
 * @throws {WalqError} `LOCKED` beside a running owner, `CORRUPT` when the export is not whole
 * or not what was exported, `INVALID_OPTIONS` when it is not clear where it is to go.
 */
export async function importExport(
  options: ImportOptions,
  tools: ToolPlatform,
): Promise<Imported> {
  const { files } = tools.platform;
  const source = await openExport(files, options.from);
  const targets = targetsOf(source, options);
  await makeDurableDirectory(files, options.dataPath);
  return await withDataPath(options.dataPath, "import into", tools.platform, async () => {
    const ids = await ImportIds.open(files, options.dataPath);
    const intakes = new Map<string, ImportIntake>();
    for (const name of new Set([...targets.values()].flat())) {
      intakes.set(name, await ImportIntake.open(files, options.dataPath, name, ids));
    }
    return await new Import(tools, targets, intakes).run(source, options.from);
  });
}

/** Which endpoints get the batches of which one of the export. */
function targetsOf(source: ImportSource, options: ImportOptions): Map<string, readonly string[]> {
  const { of, endpoints, known } = options;
  const names = source.endpoints.filter((name) => of === undefined || name === of);
  if (of !== undefined && names.length === 0) {
    throw new WalqError("INVALID_OPTIONS", `${inExport(source)}; got ${JSON.stringify(of)}`);
  }
  if (endpoints !== undefined && endpoints.length > 0 && names.length > 1) {
    throw new WalqError(
      "INVALID_OPTIONS",
      `${inExport(source)}, each with what it has of the same signals; say of which one the ` +
        "batches are to be imported (--of)",
    );
  }
  const targets = new Map(
    names.map((name) => [name, endpoints?.length ? endpoints : [name]] as const),
  );
  refuseWrongNames([...targets.values()].flat());
  for (const name of [...targets.values()].flat()) {
    if (known === undefined || known.includes(name)) continue;
    throw new WalqError(
      "INVALID_OPTIONS",
      `The configuration has no endpoint ${JSON.stringify(name)}, but ` +
        `${known.map((one) => JSON.stringify(one)).join(", ") || "none"}; say which of them gets ` +
        "the batches (--endpoint)",
    );
  }
  return targets;
}

function inExport({ endpoints }: ImportSource): string {
  return `The export has the endpoints ${endpoints.map((name) => JSON.stringify(name)).join(", ")}`;
}

/** One import. */
class Import {
  readonly #tools: ToolPlatform;
  readonly #targets: ReadonlyMap<string, readonly string[]>;
  readonly #intakes: ReadonlyMap<string, ImportIntake>;
  readonly #reader: BatchFileReader;
  readonly #counts = { files: 0, bytes: 0, signals: 0, before: 0, damaged: 0 };

  constructor(
    tools: ToolPlatform,
    targets: ReadonlyMap<string, readonly string[]>,
    intakes: ReadonlyMap<string, ImportIntake>,
  ) {
    this.#tools = tools;
    this.#targets = targets;
    this.#intakes = intakes;
    const { platform: { files, decompressZstd }, kernel } = tools;
    this.#reader = new BatchFileReader({ files, kernel, decompressZstd });
  }

  async run(source: ImportSource, path: string): Promise<Imported> {
    let digest = "";
    for await (const file of source.batches()) {
      const bytes = await file.read();
      const sha = await sha256(bytes);
      digest = await chained(digest, file.name, sha);
      await this.#take(file, bytes, sha);
      await this.#tools.onProgress?.(1);
    }
    for (const intake of this.#intakes.values()) await intake.flush();
    if (digest !== source.manifest.digest) {
      throw new WalqError(
        "CORRUPT",
        `The export "${path}" is not what was exported: got digest ${digest}, wanted ` +
          `${source.manifest.digest}. Its ${this.#counts.files} batches were imported as they are`,
      );
    }
    return { ...this.#counts, endpoints: [...this.#intakes.keys()] };
  }

  async #take(file: ExportedFile, bytes: Uint8Array, sha: string): Promise<void> {
    const signals = this.#signalsIn(bytes, file.name);
    const batch: IncomingBatch = { sha, source: `${file.endpoint}/${file.id}`, parts: [bytes] };
    for (const name of this.#targets.get(file.endpoint) ?? []) {
      if (!await this.#intakes.get(name)!.add(batch)) {
        this.#counts.before++;
        continue;
      }
      this.#counts.files++;
      this.#counts.bytes += bytes.length;
      if (signals === undefined) this.#counts.damaged++;
      else this.#counts.signals += signals;
    }
  }

  /** Undefined for a file that is damaged. */
  #signalsIn(bytes: Uint8Array, name: string): number | undefined {
    try {
      return this.#reader.viewBytes(bytes, name).known.signals;
    } catch (error) {
      if (isFaultOfFile(error)) return undefined;
      throw error;
    }
  }
}
