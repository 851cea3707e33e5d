import { loadKernel } from "../../src/kernel/kernel.ts";
import type { StreamLog } from "../../src/contracts.ts";
import { wholeOf } from "../../src/jetstream/messages.ts";
import { BATCH_BYTES_MAX } from "../../src/limits.ts";
import { decodeBatchFile } from "../../src/tools/batch_file.ts";
import { metadataSignal, type ShownSignal, signalAt, signalText } from "../../src/tools/signal.ts";
import { decompressZstd } from "../../src/platform/zstd.ts";

/** A signal as a stream has it. */
export interface StoredSignal {
  /** The subject of its batch, where the stream is one in memory. */
  readonly subject: string | undefined;
  /** Of its batch. */
  readonly seq: number;
  readonly signal: ShownSignal;
}

const kernel = await loadKernel();

/**
 * All signals of a stream, in its order. Message by message: who follows a stream is told by
 * one server, which may lag behind what the others have stored.
 */
export async function storedSignals(log: StreamLog): Promise<readonly StoredSignal[]> {
  const all: StoredSignal[] = [];
  const viewer = kernel.createViewer({ uncompressedBytesMax: BATCH_BYTES_MAX, decompressZstd });
  const { lastSeq } = await log.state();
  for (let seq = 1; seq <= lastSeq; seq++) {
    const message = await log.read(seq);
    // A piece of a batch has no words of its own.
    if (message === undefined || Object.keys(message.headers).length === 0) continue;
    const bytes = await wholeOf(log, message);
    if (bytes === undefined) throw new Error(`a piece of message ${seq} is not there`);
    const { view } = viewer.view(decodeBatchFile(bytes).batch);
    const { subject } = message as { readonly subject?: string };
    for (let row = 0; row < view.rows; row++) {
      all.push({ subject, seq, signal: signalAt(view, row)! });
    }
    for (const one of view.metadata) all.push({ subject, seq, signal: metadataSignal(one) });
  }
  return all;
}

/** In one line each, in an order of their own. */
export function linesOf(signals: readonly { readonly signal: ShownSignal }[]): string[] {
  return signals.map(({ signal }) => signalText(signal, String)).sort();
}

/** Of the samples of one series the values, in order. */
export function valuesOf(signals: readonly StoredSignal[], name: string): number[] {
  return signals.flatMap(({ signal }) =>
    signal.kind === "sample" && signal.labels["__name__"] === name ? [Number(signal.value)] : []
  );
}
