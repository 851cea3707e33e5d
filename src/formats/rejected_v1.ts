import type { RejectionCause } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import type { ProtobufMessage, SignalCounts } from "../types.ts";
import { countIn, type Meta } from "./batch_meta.ts";

/** The name of the form of refused requests, in Meta under `version`; docs/format.md has its keys. */
export const REJECTED_V1 = "walq.rejected.v1";

const MESSAGES: readonly ProtobufMessage[] = [
  "prometheus.WriteRequest",
  "io.prometheus.write.v2.Request",
];
const CAUSES: readonly RejectionCause[] = ["rejected", "max_retries"];
const TIMESTAMP = /^-?[0-9]{1,16}$/;
const STATUS = /^[1-9][0-9]{2}$/;
const CHECKSUM = /^xxh64:[0-9a-f]{16}$/;
const REASON_LENGTH_MAX = 256;

/** What Meta says of a refused request. */
export interface RejectedMeta {
  readonly endpoint: string;
  readonly rejectedAtMs: number;
  readonly cause: RejectionCause;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly reason: string;
  readonly kinds: SignalCounts;
  readonly refused: number;
  /** The oldest and the newest timestamp; 0 where there is none. */
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly protobufMessage: ProtobufMessage;
  /** Over Data. */
  readonly checksum: string;
}

export function rejectedV1Meta(known: RejectedMeta): Meta {
  const { samples, histograms, exemplars, metadata } = known.kinds;
  return {
    version: REJECTED_V1,
    compression: "snappy",
    checksum: known.checksum,
    message: known.protobufMessage,
    endpoint: known.endpoint,
    rejected_at_ms: String(known.rejectedAtMs),
    cause: known.cause,
    ...(known.status === undefined ? {} : { status: String(known.status) }),
    reason: known.reason.slice(0, REASON_LENGTH_MAX),
    samples: String(samples),
    histograms: String(histograms),
    exemplars: String(exemplars),
    metadata: String(metadata),
    refused: String(known.refused),
    oldest_ms: String(known.oldestMs),
    newest_ms: String(known.newestMs),
  };
}

/**
 * @throws {WalqError} `CORRUPT` when a key is missing or is not what it should be,
 * `UNSUPPORTED_FORMAT` for another version.
 */
export function readRejectedV1Meta(meta: Meta): RejectedMeta {
  const { version, compression } = meta;
  if (version !== REJECTED_V1) {
    const text = `Cannot read file: got version ${shown(version)}, expected "${REJECTED_V1}"`;
    throw new WalqError("UNSUPPORTED_FORMAT", text);
  }
  if (compression !== "snappy") throw wrong(meta, "compression", '"snappy"');
  const status = meta["status"];
  if (status !== undefined && !STATUS.test(status)) throw wrong(meta, "status", "an HTTP status");
  const checksum = meta["checksum"];
  if (checksum === undefined || !CHECKSUM.test(checksum)) {
    throw wrong(meta, "checksum", '"xxh64:" and 16 hexadecimal digits');
  }
  return {
    endpoint: textIn(meta, "endpoint"),
    rejectedAtMs: timestampIn(meta, "rejected_at_ms"),
    cause: oneOf(meta, "cause", CAUSES),
    status: status === undefined ? undefined : Number(status),
    reason: textIn(meta, "reason").slice(0, REASON_LENGTH_MAX),
    kinds: {
      samples: countIn(meta, "samples"),
      histograms: countIn(meta, "histograms"),
      exemplars: countIn(meta, "exemplars"),
      metadata: countIn(meta, "metadata"),
    },
    refused: countIn(meta, "refused"),
    oldestMs: timestampIn(meta, "oldest_ms"),
    newestMs: timestampIn(meta, "newest_ms"),
    protobufMessage: oneOf(meta, "message", MESSAGES),
    checksum,
  };
}

function textIn(meta: Meta, key: string): string {
  const text = meta[key];
  if (text === undefined) throw wrong(meta, key, "a text");
  return text;
}

function timestampIn(meta: Meta, key: string): number {
  const text = meta[key] ?? "";
  const value = Number(text);
  if (TIMESTAMP.test(text) && Number.isSafeInteger(value)) return value;
  throw wrong(meta, key, "milliseconds");
}

function oneOf<Text extends string>(meta: Meta, key: string, texts: readonly Text[]): Text {
  const found = texts.find((text) => text === meta[key]);
  if (found !== undefined) return found;
  throw wrong(meta, key, texts.map((text) => `"${text}"`).join(" or "));
}

function wrong(meta: Meta, key: string, expected: string): WalqError {
  const text = `Cannot read Meta: got ${key} ${shown(meta[key])}, expected ${expected}`;
  return new WalqError("CORRUPT", text);
}

function shown(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text.slice(0, 64));
}
