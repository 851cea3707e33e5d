import type { FileSystem, RefusedRequest, RejectedRequest } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { readRejectedV1Meta, type RejectedMeta, rejectedV1Meta } from "../formats/rejected_v1.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import type { ProtobufMessage, SignalCounts } from "../types.ts";
import { decodeRecord, encodeRecord, peekMeta } from "../store/record.ts";

/** Enough for Meta: its longest text has 256 characters. */
const HEAD_BYTES_MAX = 4096;
/** No request that walq has made takes more. */
const FILE_BYTES_MAX = 2 * BATCH_BYTES_MAX;
const NAME = /^([0-9a-f]{16})\.rejected$/;
const DRAFT = /^[0-9]{1,16}\.rejected\.tmp$/;

/** The name of the file of a refused request. The same content has the same name, whenever it is refused. */
export function rejectedName(id: string): string {
  return `${id}.rejected`;
}

/** The id in such a name; undefined for any other one. */
export function rejectedId(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** The name of one that is being written. */
export function rejectedDraftName(number: number): string {
  return `${number}.rejected.tmp`;
}

/** True for what a crash in the middle of a write leaves behind. */
export function isRejectedDraft(name: string): boolean {
  return DRAFT.test(name);
}

/** A refused request as a file. */
interface RejectedFile {
  readonly id: string;
  readonly bytes: number;
  readonly parts: readonly Uint8Array[];
}

/** @param checksum over the body's bytes */
export function encodeRejected(
  { body, ...answer }: RefusedRequest,
  of: { readonly endpoint: string; readonly nowMs: number; readonly checksum: string },
): RejectedFile {
  const known: RejectedMeta = {
    ...answer,
    endpoint: of.endpoint,
    rejectedAtMs: of.nowMs,
    kinds: body.kinds,
    oldestMs: timestampOf(body.oldestMs),
    newestMs: timestampOf(body.newestMs),
    checksum: of.checksum,
  };
  const parts = encodeRecord({ meta: rejectedV1Meta(known), data: body.bytes });
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return { id: of.checksum.slice(-16), bytes, parts };
}

/** Metadata alone has no timestamp: what stands for none is no number of milliseconds. */
function timestampOf(timestampMs: number): number {
  return Number.isSafeInteger(timestampMs) ? timestampMs : 0;
}

/**
 * What the head of a file says of the request in it.
 *
 * @throws {WalqError} `CORRUPT`, `UNSUPPORTED_FORMAT`: it is none.
 * @throws {FileSystemError}
 */
export async function readRejectedHead(
  files: FileSystem,
  path: string,
  of: { readonly endpoint: string; readonly id: string },
): Promise<RejectedRequest> {
  const { bytes, fileBytes } = await files.readHead(path, HEAD_BYTES_MAX);
  const meta = peekMeta(bytes);
  if (meta === undefined) throw new WalqError("CORRUPT", "Cannot read file: it has no Meta");
  return requestOf(readRejectedV1Meta(meta), fileBytes, of);
}

/** A request that was refused, to be sent again. */
export interface KeptRequest {
  readonly protobufMessage: ProtobufMessage;
  /** Under snappy. */
  readonly data: Uint8Array;
  readonly signals: number;
  readonly kinds: SignalCounts;
  readonly refused: number;
}

/**
 * A whole file, of which every byte was checked.
 *
 * @throws {WalqError} `CORRUPT`, `UNSUPPORTED_FORMAT`: it is none.
 * @throws {FileSystemError}
 */
export async function readRejected(
  files: FileSystem,
  path: string,
  checksumOf: (bytes: Uint8Array) => string,
): Promise<KeptRequest> {
  return decodeRejected(await files.readWhole(path, FILE_BYTES_MAX), checksumOf);
}

/** @throws {WalqError} as {@link readRejected} does */
export function decodeRejected(
  bytes: Uint8Array,
  checksumOf: (bytes: Uint8Array) => string,
): KeptRequest {
  const { meta, data } = decodeRecord(bytes);
  const { protobufMessage, kinds, refused, checksum } = readRejectedV1Meta(meta);
  const got = checksumOf(data);
  if (got !== checksum) {
    throw new WalqError(
      "CORRUPT",
      `Cannot read file: got ${data.length} bytes with the checksum ${got}, wanted ${checksum}`,
    );
  }
  return { protobufMessage, data, signals: signalsOf(kinds), kinds, refused };
}

function requestOf(
  { checksum: _checksum, ...known }: RejectedMeta,
  bytes: number,
  { endpoint, id }: { readonly endpoint: string; readonly id: string },
): RejectedRequest {
  return { ...known, endpoint, id, bytes, signals: signalsOf(known.kinds) };
}

function signalsOf({ samples, histograms, exemplars, metadata }: SignalCounts): number {
  return samples + histograms + exemplars + metadata;
}
