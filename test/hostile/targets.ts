/** Every reader of bytes that come from outside, with inputs that it takes. */
import fc from "fast-check";
import { readFileSync } from "node:fs";
import type { Compression, RequestMessage } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { halvesOf } from "../kernel/support.ts";
import { decodeRecord, encodeRecord } from "../../src/store/record.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { decompressFrames } from "../../src/kernel/zstd.ts";
import { decompressZstd } from "../../src/platform/zstd.ts";
import { content } from "../roundtrip/arbitraries.ts";
import { withMetadata } from "../roundtrip/expected.ts";
import type { ProtobufMessage } from "../../src/types.ts";
import { compress, uncompress } from "../support/hysnappy.ts";
import { alloyV2File, metadataRecord, metricRecord } from "../support/alloy_v2.ts";
import { decodeRequest, encodeRequest, type Version } from "../support/remote_write.ts";

export interface Target {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Takes the bytes, or throws a WalqError; tells what it made of them. */
  readonly feed: (bytes: Uint8Array) => string;
}

const BYTES_MAX = 4 * 1024 * 1024;
const SAMPLES = 24;
/** Some of the signals of the inputs are older. */
const CUTOFF_MS = 50;
export const MESSAGES: Record<Version, RequestMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
  appended: "appended",
};

const kernel = await loadKernel();

const contents = fc.sample(
  content.filter(({ series }) => series.length > 0),
  { seed: 20261123, numRuns: SAMPLES },
);

export function requests(version: Version): Uint8Array[] {
  return contents.map(({ series, metadata }) =>
    encodeRequest(
      { series: version === "v2" ? withMetadata(series, metadata) : series, metadata },
      version,
    )
  );
}

function writerTarget(name: string, version: Version, compression: Compression): Target {
  const writer = kernel.createWriter();
  const plain = requests(version);
  return {
    name,
    corpus: compression === "none" ? plain : plain.map(compress),
    feed: (bytes) => {
      const added = writer.addRequest(bytes, {
        message: MESSAGES[version],
        compression,
        uncompressedBytesMax: BYTES_MAX,
        cutoffMs: -Infinity,
        latestMs: Infinity,
      });
      if (writer.signals === 0) return JSON.stringify(added);
      const { checksum } = writer.encode();
      return JSON.stringify(added) + checksum;
    },
  };
}

function readerTarget(
  name: string,
  format: string,
  corpus: Uint8Array[],
  compression: Compression = "none",
): Target {
  const isV2 = name.endsWith("2.0");
  const reader = kernel.createReader({
    shards: 1,
    requestSignalsMax: 100_000,
    externalLabels: { region: "eu" },
    uncompressedBytesMax: BYTES_MAX,
    message: MESSAGES[isV2 ? "v2" : "v1"] as ProtobufMessage,
    // In 2.0 metadata of one batch is written on series of later ones: that is no harm.
    sends: { histograms: true, exemplars: true, metadata: !isV2 },
    metadataCacheSize: 0,
  });
  let accounted = 0;
  const take = (): string => {
    const { kinds, bytes, signals } = reader.take(0);
    accounted += signals;
    checkLabels(uncompress(bytes), isV2 ? "v2" : "v1");
    // Uncompressed: what is remembered of earlier rows may change how it is packed.
    return JSON.stringify(kinds) + sumOf(uncompress(bytes));
  };
  return {
    name,
    corpus,
    feed: (bytes) => {
      const { signals } = reader.load({ format, compression, data: bytes, checksum: undefined });
      let outcome = `${signals}`;
      accounted = 0;
      while (true) {
        const { fullShard, dropped } = reader.route(-Infinity);
        accounted += Object.values(dropped).reduce((sum, count) => sum + count, 0);
        outcome += JSON.stringify(dropped);
        if (fullShard < 0) break;
        outcome += take();
      }
      if (reader.openSignals(0) > 0) outcome += take();
      if (accounted === signals) return outcome;
      throw new Error(`${accounted} signals sent and dropped of ${signals}`);
    },
  };
}

/** One label set that breaks the protocol's rules makes an endpoint refuse all that travels with it. */
function checkLabels(request: Uint8Array, version: Version): void {
  for (const { labels } of decodeRequest(request, version).series) {
    const names = labels.map(([name]) => name);
    const isSound = new Set(names).size === names.length &&
      labels.every((pair) => !pair.includes(""));
    if (!isSound) throw new Error(`a series with labels ${JSON.stringify(labels)}`);
  }
}

/** Signals are taken out of requests that this kernel has sealed, so what is wrong with one is a bug, which it has to tell. */
function selectTarget(name: string, version: "v1" | "v2"): Target {
  const reader = kernel.createReader({
    shards: 1,
    requestSignalsMax: 100_000,
    externalLabels: {},
    uncompressedBytesMax: BYTES_MAX,
    message: MESSAGES[version] as ProtobufMessage,
    sends: { histograms: true, exemplars: true, metadata: true },
    metadataCacheSize: 0,
  });
  const select = (bytes: Uint8Array, signals: number): string => {
    const body = {
      number: 1,
      kinds: { samples: signals, histograms: 0, exemplars: 0, metadata: 0 },
      bytes: compress(bytes),
      uncompressedBytes: bytes.length,
      signals,
      oldestMs: -Infinity,
      newestMs: Infinity,
    };
    const { body: fresh } = reader.select(body, { cutoffMs: CUTOFF_MS });
    return JSON.stringify(
      [fresh, ...halvesOf(reader, body) ?? []].map((part) =>
        part && [part.kinds, sumOf(uncompress(part.bytes))]
      ),
    );
  };
  const feed = (bytes: Uint8Array, signals: number): string => {
    try {
      return select(bytes, signals);
    } catch (error) {
      const { message } = error as Error;
      // Mutations change how many signals there are.
      const counted = /^BUG: ([0-9]+) signals in a request of/.exec(message);
      if (counted !== null) return feed(bytes, Number(counted[1]));
      const isClear = /^BUG: sealed request: got/.test(message);
      throw isClear ? new WalqError("CORRUPT", message, { cause: error }) : error;
    }
  };
  return { name, corpus: requests(version), feed: (bytes) => feed(bytes, 2) };
}

/** Enough to see that bytes differ. */
function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => Math.imul(sum, 31) + byte | 0, bytes.length);
}

function filesOf(format: "walq.metrics.v1" | "alloy.metrics.queue.v1"): Uint8Array[] {
  const rules = {
    format,
    names: "utf8",
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
  } as const;
  const writer = kernel.createWriter({ rules });
  return requests("appended").flatMap((body) => {
    const { accepted } = writer.addRequest(body, {
      message: "appended",
      compression: "none",
      uncompressedBytesMax: BYTES_MAX,
      cutoffMs: -Infinity,
      latestMs: Infinity,
    });
    return accepted === 0 ? [] : [uncompress(writer.encode().data)];
  });
}

/** Alloy's second format: a series with all its signals is a record, and so is each histogram alone. */
function alloyV2Files(): Uint8Array[] {
  const wholes = contents.map(({ series, metadata }) =>
    alloyV2File([...series.map(metricRecord), ...metadata.map(metadataRecord)]).data
  );
  const histograms = contents.flatMap(({ series }) =>
    series.flatMap(({ labels, signals }) =>
      signals.filter(({ kind }) => kind === "histogram")
        .map((signal) => alloyV2File([metricRecord({ labels, signals: [signal] })]).data)
    )
  );
  if (histograms.length === 0) throw new Error("no histogram in the corpus");
  return [...wholes.slice(0, 12), ...histograms.slice(0, 12)];
}

/** Snappy as Java frames it: "\x82SNAPPY\0", versions, then blocks with their lengths. */
function xerial(bytes: Uint8Array): Uint8Array {
  const block = compress(bytes);
  const head = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1];
  const { length } = block;
  return Uint8Array.from([...head, length >>> 24, length >>> 16, length >>> 8, length, ...block]);
}

/** None on a runtime without zstd. */
function zstdTargets(): Target[] {
  if (decompressZstd === undefined) return [];
  const alloy = new Uint8Array(readFileSync("test/fixtures/alloy-v2-metrics.zst"));
  const samples = ["words_checked", "zeros", "one_byte", "skewed"].map((name) =>
    new Uint8Array(readFileSync(`test/fixtures/zstd/${name}.zst`))
  );
  const several = Uint8Array.from([...samples[0]!, ...samples[2]!, ...samples[0]!]);
  const sumIn = (bytes: Uint8Array, bytesMax: number): string => {
    const plain = decompressFrames(bytes, bytesMax, decompressZstd!);
    if (plain.length <= bytesMax) return `${plain.length} ${sumOf(plain.subarray(0, 4096))}`;
    throw new Error(`${plain.length} bytes uncompressed, of at most ${bytesMax}`);
  };
  return [
    { name: "zstd of Alloy", corpus: [alloy], feed: (bytes) => sumIn(bytes, 100_000) },
    {
      name: "zstd of all kinds",
      corpus: [...samples, several],
      feed: (bytes) => sumIn(bytes, 300_000),
    },
  ];
}

export function targets(): Target[] {
  const walq = filesOf("walq.metrics.v1");
  const alloy = filesOf("alloy.metrics.queue.v1");
  // The first two records: a metric and a metadata entry.
  const v2 = new Uint8Array(readFileSync("test/fixtures/alloy-v2-metrics.bin")).slice(0, 305);
  const alloyV2 = [v2, v2.slice(0, 277), v2.slice(277, 305), ...alloyV2Files()];
  const records = walq.map((data) => {
    const parts = encodeRecord({ meta: { version: "walq.metrics.v1", samples: "1" }, data });
    return Uint8Array.from(parts.flatMap((part) => [...part]));
  });
  return [
    writerTarget("remote write 1.0", "v1", "none"),
    writerTarget("remote write 2.0", "v2", "none"),
    writerTarget("appended", "appended", "none"),
    writerTarget("remote write 1.0 under snappy", "v1", "snappy"),
    readerTarget("walq.metrics.v1, sent as 2.0", "walq.metrics.v1", walq.slice(0, 16)),
    readerTarget("walq.metrics.v1, sent as 1.0", "walq.metrics.v1", walq.slice(0, 17)),
    readerTarget("alloy v1, sent as 1.0", "alloy.metrics.queue.v1", alloy.slice(0, 9)),
    readerTarget("alloy v1, sent as 2.0", "alloy.metrics.queue.v1", alloy.slice(0, 10)),
    readerTarget("alloy v2, sent as 1.0", "alloy.metrics.queue.v2", alloyV2),
    readerTarget("alloy v2, sent as 2.0", "alloy.metrics.queue.v2", alloyV2),
    readerTarget(
      "snappy of files",
      "alloy.metrics.queue.v1",
      [...alloy.slice(0, 8).map(compress), ...alloy.slice(0, 9).map(xerial)],
      "snappy",
    ),
    selectTarget("what is kept of 1.0", "v1"),
    selectTarget("what is kept of 2.0", "v2"),
    ...zstdTargets(),
    {
      name: "record",
      corpus: records,
      feed: (bytes) => JSON.stringify(decodeRecord(bytes).meta),
    },
  ];
}
