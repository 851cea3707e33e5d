import type { BatchFormat, FileSystem } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { peekMeta } from "../store/record.ts";
import { BatchBuilder, type BuiltBatch } from "./batch_builder.ts";
import { BatchFileReader } from "./batch_file.ts";
import { removeIfThere } from "./export_sink.ts";
import { lineChunks, partsOfFile } from "./line_chunks.ts";
import { parentOf } from "./paths.ts";
import {
  ALL_TIMES,
  type NotCarried,
  nothingLeftOut,
  TEXT_ENDS,
  type TextForm,
  writeText,
} from "./text_forms.ts";
import { refuseCutText, TextEnd } from "./text_end.ts";
import { TextReader } from "./text_reader.ts";
import { refuseFile, type TextSink } from "./text_sink.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** What a file can be converted to. */
export type Form = "walq" | "alloy" | TextForm;

/** What was converted. */
export interface Converted {
  readonly from: string;
  readonly to: Form;
  /** Signals that are in the new file. */
  readonly signals: number;
  readonly notCarried: NotCarried;
  /** Of a text: signals that break a rule, and the first of them in words. */
  readonly invalid: number;
  readonly firstInvalid: string | undefined;
}

const FORMATS: Readonly<Record<"walq" | "alloy", BatchFormat>> = {
  walq: "walq.metrics.v1",
  alloy: "alloy.metrics.queue.v1",
};
/** A text becomes one batch: it is for files, and `walq import` for more. */
const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** By so much it is seen which form something has. */
export const FORM_HEAD_BYTES = 4096;

/**
 * Which form a file has: batches say it, of texts it is seen by how they begin.
 *
 * @throws {WalqError} `UNSUPPORTED_FORMAT` for what is neither.
 */
export async function formOf(files: FileSystem, path: string): Promise<"batch" | TextForm> {
  return formOfHead((await files.readHead(path, FORM_HEAD_BYTES)).bytes, path);
}

/**
 * The same of what something begins with, {@link FORM_HEAD_BYTES} of it if there is as much.
 *
 * @param name for messages
 * @throws {WalqError} `UNSUPPORTED_FORMAT`
 */
export function formOfHead(bytes: Uint8Array, name: string): "batch" | TextForm {
  if (peekMeta(bytes) !== undefined) return "batch";
  const text = new TextDecoder().decode(bytes);
  // deno-lint-ignore no-control-regex
  if (!/[\x00-\x08\x0e-\x1f]/.test(text)) {
    if (/^\s*\{\s*"metric"/.test(text)) return "jsonl";
    if (/^(?:#|[a-zA-Z_:]|\{")/.test(text)) return "openmetrics";
  }
  throw new WalqError(
    "UNSUPPORTED_FORMAT",
    `Cannot read "${name}": got neither a batch of walq's or Alloy's, nor JSON lines, nor OpenMetrics`,
  );
}

/**
 * Converts a file to a batch of another format.
 *
 * @param to a file that is not there
 * @throws {WalqError} `CORRUPT`, `INVALID_REQUEST`, `TOO_LARGE` for what cannot be read.
 */
export async function convertToBatch(
  paths: { readonly from: string; readonly to: string },
  to: "walq" | "alloy",
  tools: ToolPlatform,
): Promise<Converted> {
  const { files } = tools.platform;
  await refuseFile(files, paths.to);
  const builder = new BatchBuilder(tools.kernel, FORMATS[to]);
  const from = await formOf(files, paths.from);
  const had = from === "batch"
    ? await addBatch(builder, paths.from, tools)
    : await addText(builder, from, paths.from, tools);
  const built = builder.build();
  if (built === undefined) {
    throw new WalqError(
      "INVALID_OPTIONS",
      `There is nothing in "${paths.from}" that ${to} can carry`,
    );
  }
  await writeBatch(files, paths.to, built);
  const { samples, histograms, exemplars, metadata } = built.kinds;
  const notCarried = from === "batch"
    ? notCarriedOf(had, built)
    : { ...nothingLeftOut(), unsupported: builder.unsupported };
  const { invalid, firstInvalid } = builder;
  const signals = samples + histograms + exemplars + metadata;
  return { from: had.format, to, signals, notCarried, invalid, firstInvalid };
}

/** What a file had. */
interface Had {
  readonly format: string;
  readonly histograms: number;
  readonly exemplars: number;
  readonly metadata: number;
  readonly starts: number;
  readonly unsupported: number;
}

async function addBatch(
  builder: BatchBuilder,
  path: string,
  { platform: { files, decompressZstd }, kernel }: ToolPlatform,
): Promise<Had> {
  const { view, known } = await new BatchFileReader({ files, kernel, decompressZstd }).view(path);
  builder.addView(view);
  const counts = { sample: 0, histogram: 0, exemplar: 0, unsupported: 0 };
  let starts = 0;
  for (let row = 0; row < view.rows; row++) {
    counts[view.kindOf(row)]++;
    if (view.startMsOf(row) !== 0) starts++;
  }
  return {
    format: known.format,
    histograms: counts.histogram,
    exemplars: counts.exemplar,
    metadata: view.metadata.length,
    starts,
    unsupported: counts.unsupported,
  };
}

async function addText(
  builder: BatchBuilder,
  form: TextForm,
  path: string,
  { platform: { files, clock }, kernel }: ToolPlatform,
): Promise<Had> {
  const { fileBytes } = await files.readHead(path, 0);
  if (fileBytes > TEXT_BYTES_MAX) {
    throw new WalqError(
      "TOO_LARGE",
      `Cannot convert "${path}" to one batch: got ${fileBytes} bytes, wanted at most ` +
        `${TEXT_BYTES_MAX}; "walq import" makes as many batches as it takes`,
    );
  }
  await refuseCutText(files, path, form);
  const reader = new TextReader({ form, path, kernel, nowMs: clock.nowMs() });
  const end = new TextEnd(form, path);
  for await (const chunk of lineChunks(partsOfFile(files, path), path, CHUNK_BYTES)) {
    end.pass(chunk);
    builder.addRequest(reader.read(chunk));
  }
  return { format: form, histograms: 0, exemplars: 0, metadata: 0, starts: 0, unsupported: 0 };
}

/** The formats of batches carry all samples: what is missing is of another kind. */
function notCarriedOf(had: Had, { kinds, format }: BuiltBatch): NotCarried {
  return {
    ...nothingLeftOut(),
    histograms: had.histograms - kinds.histograms,
    exemplars: had.exemplars - kinds.exemplars,
    metadata: had.metadata - kinds.metadata,
    starts: format === "walq.metrics.v1" ? 0 : had.starts,
    unsupported: had.unsupported,
  };
}

async function writeBatch(
  files: FileSystem,
  path: string,
  { parts }: BuiltBatch,
): Promise<void> {
  const draft = `${path}.partial`;
  await removeIfThere(files, draft);
  await files.writeAndSync(draft, parts);
  await files.rename(draft, path);
  await files.syncDirectory(parentOf(path));
}

/** Converts a batch to text. @throws {WalqError} `CORRUPT`; `INVALID_OPTIONS` for a text. */
export async function convertToText(
  path: string,
  to: TextForm,
  sink: TextSink,
  { platform: { files, decompressZstd }, kernel }: ToolPlatform,
): Promise<Converted> {
  const from = await formOf(files, path);
  if (from !== "batch") {
    throw new WalqError("INVALID_OPTIONS", `"${path}" is a text: convert it to walq first`);
  }
  const file = await new BatchFileReader({ files, kernel, decompressZstd }).view(path);
  const notCarried = nothingLeftOut();
  const texts: string[] = [];
  const signals = writeText(file.view, to, ALL_TIMES, notCarried, (text) => texts.push(text));
  await sink.write(texts.join(""));
  await sink.write(TEXT_ENDS[to]);
  await sink.end();
  const { format } = file.known;
  return { from: format, to, signals, notCarried, invalid: 0, firstInvalid: undefined };
}
