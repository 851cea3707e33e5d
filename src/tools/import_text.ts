import { WalqError } from "../errors.ts";
import { makeDurableDirectory } from "../filequeue/durable_directory.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { refuseWrongNames } from "./endpoint_names.ts";
import { ImportIds, ImportIntake } from "./import_intake.ts";
import { lineChunks, partsOfFile, partsOfStream } from "./line_chunks.ts";
import { withDataPath } from "./owned.ts";
import { sha256 } from "./sha256.ts";
import { refuseCutText, TextEnd } from "./text_end.ts";
import type { TextForm } from "./text_forms.ts";
import { TextReader } from "./text_reader.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** A batch is made of about so much text. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** How a text is imported. */
export interface TextImport {
  /** A file; with `stream` what messages call it. */
  readonly from: string;
  /** What is read in place of a file, once and to its end. */
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly form: TextForm;
  readonly dataPath: string;
  /** The endpoints that get all of it. */
  readonly endpoints: readonly string[];
}

/** What was imported, counted for each endpoint that got it. */
export interface ImportedText {
  readonly files: number;
  readonly signals: number;
  /** Pieces of the text that an endpoint had from an import before. */
  readonly before: number;
  /** Signals that break a rule, and the first of them in words. */
  readonly invalid: number;
  readonly firstInvalid: string | undefined;
  /** What is wrong with the rest of the text, which was not imported; undefined if all of it was. */
  readonly stopped: string | undefined;
}

/**
 * Puts a text into a data path at rest, as batches, piece by piece: of the same text each
 * piece is imported once, however often it is run, and wherever it is killed in between.
 * A file whose end is missing is refused before anything of it is taken.
 *
 * @throws {WalqError} `LOCKED` beside a running owner; `INVALID_OPTIONS` for a name that no
 * endpoint can have; `INVALID_REQUEST`, `TOO_LARGE` with the line that is wrong, where nothing
 * was imported: else the result says what stopped it.
 */
export async function importText(options: TextImport, tools: ToolPlatform): Promise<ImportedText> {
  const { files } = tools.platform;
  refuseWrongNames(options.endpoints);
  if (options.stream === undefined) await refuseCutText(files, options.from, options.form);
  await makeDurableDirectory(files, options.dataPath);
  return await withDataPath(options.dataPath, "import into", tools.platform, async () => {
    const ids = await ImportIds.open(files, options.dataPath);
    const intakes: ImportIntake[] = [];
    for (const name of new Set(options.endpoints)) {
      intakes.push(await ImportIntake.open(files, options.dataPath, name, ids));
    }
    return await importPieces(options, intakes, tools);
  });
}

async function importPieces(
  { from: path, stream, form }: TextImport,
  intakes: readonly ImportIntake[],
  { platform: { files, clock }, kernel, onProgress }: ToolPlatform,
): Promise<ImportedText> {
  const reader = new TextReader({ form, path, kernel, nowMs: clock.nowMs() });
  const builder = new BatchBuilder(kernel, "walq.metrics.v1");
  const end = new TextEnd(form, path);
  const parts = stream === undefined ? partsOfFile(files, path) : partsOfStream(stream);
  const counts = { files: 0, signals: 0, before: 0 };
  let stopped: string | undefined;
  let number = 0;
  try {
    for await (const chunk of lineChunks(parts, path, CHUNK_BYTES)) {
      end.pass(chunk);
      const batch = { sha: await sha256(chunk.bytes), source: `${form}/${++number}` };
      await onProgress?.(chunk.bytes.length);
      const missing = intakes.filter((intake) => !intake.has(batch));
      counts.before += intakes.length - missing.length;
      if (missing.length === 0) continue;
      builder.addRequest(reader.read(chunk));
      const built = builder.build();
      if (built === undefined) continue;
      const { samples, histograms, exemplars, metadata } = built.kinds;
      for (const intake of missing) {
        await intake.add({ ...batch, parts: built.parts });
        counts.files++;
        counts.signals += samples + histograms + exemplars + metadata;
      }
    }
    end.end();
  } catch (error) {
    if (!isFaultOfText(error) || counts.files + counts.before === 0) throw error;
    stopped = error.message;
  } finally {
    for (const intake of intakes) await intake.flush();
  }
  const { invalid, firstInvalid } = builder;
  return { ...counts, invalid, firstInvalid, stopped };
}

function isFaultOfText(error: unknown): error is WalqError {
  return error instanceof WalqError && ["INVALID_REQUEST", "TOO_LARGE"].includes(error.code);
}
