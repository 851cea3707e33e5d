import { WalqError } from "../errors.ts";
import { isNotFound } from "../filequeue/not_found.ts";
import { BatchFileReader, isFaultOfFile, type ViewedFile } from "./batch_file.ts";
import type { ExportChoice } from "./export.ts";
import { batchPath, chosen, listQueue } from "./queue_listing.ts";
import {
  type NotCarried,
  nothingLeftOut,
  TEXT_ENDS,
  type TextForm,
  writeText,
} from "./text_forms.ts";
import type { TextSink } from "./text_sink.ts";
import type { ToolPlatform } from "./tool_platform.ts";

/** What was written. */
export interface ExportedText {
  readonly files: number;
  readonly samples: number;
  readonly notCarried: NotCarried;
  /** Batches that were delivered meanwhile, beside a running program. */
  readonly gone: number;
  /** Batches that cannot be read, and are not in the text. */
  readonly damaged: number;
}

/**
 * Writes the samples of an endpoint's pending batches as text, in the order in which they
 * were accepted; nothing leaves the queue.
 *
 * @throws {WalqError} `INVALID_OPTIONS` where it is not clear which endpoint is meant: each
 * has its own copy of the same signals.
 */
export async function exportText(
  options: ExportChoice & { readonly dataPath: string; readonly form: TextForm },
  sink: TextSink,
  tools: ToolPlatform,
): Promise<ExportedText> {
  const { files, decompressZstd } = tools.platform;
  const listings = chosen(await listQueue(files, options.dataPath), options.endpoint)
    .filter(({ ids }) => ids.wal.length > 0);
  if (listings.length > 1) {
    const names = listings.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new WalqError(
      "INVALID_OPTIONS",
      `There are batches of the endpoints ${names}, each with what it has of the same signals; ` +
        "say which of them is meant (--endpoint)",
    );
  }
  const range = { fromMs: options.fromMs ?? -Infinity, toMs: options.toMs ?? Infinity };
  const reader = new BatchFileReader({ files, kernel: tools.kernel, decompressZstd });
  const counts = { files: 0, samples: 0, gone: 0, damaged: 0 };
  const notCarried = nothingLeftOut();
  for (const listing of listings) {
    for (const id of listing.ids.wal) {
      const file = await viewed(reader, batchPath(listing, "wal", id));
      await tools.onProgress?.(1);
      if (typeof file === "string") {
        counts[file]++;
        continue;
      }
      const texts: string[] = [];
      counts.samples += writeText(file.view, options.form, range, notCarried, (text) => {
        texts.push(text);
      });
      counts.files++;
      await sink.write(texts.join(""));
    }
  }
  await sink.write(TEXT_ENDS[options.form]);
  await sink.end();
  return { ...counts, notCarried };
}

async function viewed(
  reader: BatchFileReader,
  path: string,
): Promise<ViewedFile | "gone" | "damaged"> {
  try {
    return await reader.view(path);
  } catch (error) {
    if (isNotFound(error)) return "gone";
    if (isFaultOfFile(error)) return "damaged";
    throw error;
  }
}
