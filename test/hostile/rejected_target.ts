/** Files of requests that were refused, as the tools and the queue read them: the head alone, and the whole. */
import type { RejectionCause } from "../../src/contracts.ts";
import { decodeRejected, encodeRejected } from "../../src/filequeue/rejected_file.ts";
import { decodeRecord, encodeRecord, peekMeta } from "../../src/store/record.ts";
import { readRejectedV1Meta } from "../../src/formats/rejected_v1.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { BATCH_BYTES_MAX } from "../../src/limits.ts";
import { compress, uncompress } from "../support/hysnappy.ts";
import type { Version } from "../support/remote_write.ts";
import { MESSAGES, requests, type Target } from "./targets.ts";

const kernel = await loadKernel();
const checksumOf = (bytes: Uint8Array): string => kernel.checksumOf(bytes);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function rejectedFiles(version: Version, cause: RejectionCause): Uint8Array[] {
  return requests(version).map((request, number) => {
    const bytes = compress(request);
    const kinds = { samples: number, histograms: 1, exemplars: 0, metadata: 2 };
    const body = {
      number,
      kinds,
      bytes,
      uncompressedBytes: request.length,
      signals: number + 3,
      oldestMs: -number,
      newestMs: Infinity,
    };
    const answer = cause === "rejected" ? { status: 400 } : { status: undefined };
    const reason = `out of order \u{1f4a5} "${number}"`;
    const protobufMessage = MESSAGES[version] as "prometheus.WriteRequest";
    const refused = { body, cause, reason, protobufMessage, refused: number, ...answer };
    const checksum = checksumOf(bytes);
    return joined(encodeRejected(refused, { endpoint: "one", nowMs: number, checksum }).parts);
  });
}

/** The head is listed also where the rest is damaged; of the rest each byte counts. */
function fileTarget(corpus: readonly Uint8Array[]): Target {
  return {
    name: "refused request",
    corpus,
    feed: (bytes) => {
      const meta = peekMeta(bytes);
      const head = meta && readRejectedV1Meta(meta);
      const { data, ...rest } = decodeRejected(bytes, checksumOf);
      return JSON.stringify([head, rest]) + checksumOf(data);
    },
  };
}

/** What somebody has changed and signed anew: it is a request that an endpoint takes, or is set aside. */
function signedTarget(corpus: readonly Uint8Array[]): Target {
  const writer = kernel.createWriter({ keptBytesMax: 0 });
  return {
    name: "refused request, signed anew",
    corpus,
    feed: (bytes) => {
      const { meta, data } = decodeRecord(bytes);
      const signed = encodeRecord({ meta: { ...meta, checksum: checksumOf(data) }, data });
      const { protobufMessage, ...request } = decodeRejected(joined(signed), checksumOf);
      const added = writer.addRequest(request.data, {
        message: protobufMessage,
        compression: "snappy",
        uncompressedBytesMax: BATCH_BYTES_MAX,
        cutoffMs: -Infinity,
        latestMs: Infinity,
      });
      if (added.accepted === 0) return JSON.stringify(added);
      return JSON.stringify(added) + checksumOf(uncompress(writer.encode().data));
    },
  };
}

export function rejectedTargets(): Target[] {
  const corpus = [...rejectedFiles("v1", "rejected"), ...rejectedFiles("v2", "max_retries")];
  return [fileTarget(corpus), signedTarget(corpus)];
}
