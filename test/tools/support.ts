import { concat } from "./concat.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import type { EncodedBatch, Kernel, WriterRules } from "../../src/contracts.ts";
import { encodeRecord } from "../../src/store/record.ts";
import { metaOf } from "../../src/formats/meta.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import type { ToolPlatform } from "../../src/tools/tool_platform.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { HistogramForm, RequestForm, SeriesForm } from "../support/signals.ts";

export const kernel: Kernel = await loadKernel();

/** When the first signal of tests is. */
export const START_MS: number = Date.UTC(2026, 10, 30, 8);

const bits = new DataView(new ArrayBuffer(8));

/** The bits of a double. */
export function bitsOf(value: number): bigint {
  bits.setFloat64(0, value);
  return bits.getBigUint64(0);
}

/** A series with samples at one-second steps. */
export function samples(
  labels: SeriesForm["labels"],
  values: readonly number[],
  startMs: number = START_MS,
): SeriesForm {
  return {
    labels,
    signals: values.map((value, step) => ({
      kind: "sample",
      timestampMs: BigInt(startMs + step * 1_000),
      startMs: 0n,
      bits: bitsOf(value),
    })),
  };
}

export const HISTOGRAM: HistogramForm = {
  isFloat: false,
  count: 5n,
  sum: bitsOf(18.5),
  schema: 1,
  zeroThreshold: bitsOf(0.001),
  zeroCount: 1n,
  negativeSpans: [],
  negative: [],
  positiveSpans: [[0, 2], [1, 1]],
  positive: [1n, 1n, -1n],
  resetHint: 0,
  customValues: [],
};

/** One signal of each kind, and of each peculiarity that a form may not be able to carry. */
export const ALL_KINDS: RequestForm = {
  series: [
    samples([["__name__", "up"], ["job", "node"]], [1, 0, NaN, Infinity]),
    {
      labels: [["__name__", "up"], ["job", "gone"]],
      signals: [
        {
          kind: "sample",
          timestampMs: BigInt(START_MS),
          startMs: 0n,
          bits: 0x7ff0_0000_0000_0002n,
        },
      ],
    },
    {
      labels: [["__name__", "requests_total"], ["quote", 'a"b\\c\nd']],
      signals: [
        {
          kind: "sample",
          timestampMs: BigInt(START_MS),
          startMs: BigInt(START_MS - 60_000),
          bits: bitsOf(7),
        },
        {
          kind: "exemplar",
          timestampMs: BigInt(START_MS + 5),
          bits: bitsOf(0.25),
          exemplarLabels: [["trace_id", "abc"]],
        },
      ],
    },
    {
      labels: [["__name__", "latency_seconds"], ["la.bel", "x"]],
      signals: [
        {
          kind: "histogram",
          timestampMs: BigInt(START_MS),
          startMs: 0n,
          histogram: HISTOGRAM,
        },
      ],
    },
  ],
  metadata: [{ family: "requests_total", type: 1, help: "Requests.", unit: "" }],
};

const writers = new Map<string, ReturnType<Kernel["createWriter"]>>();

/** A batch of a request. */
export function batchOf(
  request: RequestForm,
  format: WriterRules["format"] = "walq.metrics.v1",
): EncodedBatch {
  const rules: WriterRules = {
    format,
    names: "utf8",
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
  };
  const writer = writers.get(format) ?? kernel.createWriter({ rules });
  writers.set(format, writer);
  writer.addRequest(encodeRequest(request, "appended"), {
    message: "appended",
    compression: "none",
    uncompressedBytesMax: 64 * 1024 * 1024,
    cutoffMs: -Infinity,
    latestMs: 10 ** 14,
  });
  return writer.encode();
}

/** The file of a batch. */
export function fileOf(
  request: RequestForm,
  format: WriterRules["format"] = "walq.metrics.v1",
): Uint8Array {
  const batch = batchOf(request, format);
  return concat(encodeRecord({ meta: metaOf(batch), data: batch.data }));
}

/** A request of one sample, another one for each number. */
export function numbered(number: number): RequestForm {
  const labels: SeriesForm["labels"] = [["__name__", "number"], ["n", `${number}`]];
  return { series: [samples(labels, [number], START_MS + number * 60_000)], metadata: [] };
}

/** Tools on a disk in memory. */
export function toolsOn(platform: MemoryPlatform = new MemoryPlatform()): ToolPlatform & {
  readonly platform: MemoryPlatform;
} {
  return { platform, kernel };
}

/** Bytes with one bit the other way round. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
}
