import type { EncodedBatch, SentAgain } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { ALLOY_V1, alloyV1Meta, readAlloyV1Meta } from "./alloy_v1.ts";
import { ALLOY_V2, readAlloyV2Meta } from "./alloy_v2.ts";
import { againIn, type BatchMeta, type Meta, metaOfAgain } from "./batch_meta.ts";
import { readWalqV1Meta, WALQ_V1, walqV1Meta } from "./walq_v1.ts";

/** Meta of a batch, as its format has it. @param again what is sent again on purpose */
export function metaOf(batch: EncodedBatch, again?: SentAgain): Meta {
  const meta = batch.format === WALQ_V1 ? walqV1Meta(batch) : alloyV1Meta(batch);
  return again === undefined ? meta : { ...meta, ...metaOfAgain(again) };
}

const READERS: ReadonlyMap<string, (meta: Meta) => BatchMeta> = new Map([
  [WALQ_V1, readWalqV1Meta],
  [ALLOY_V1, readAlloyV1Meta],
  [ALLOY_V2, readAlloyV2Meta],
]);

/**
 * Reads Meta of any version that walq knows.
 *
 * @throws {WalqError} `CORRUPT` when a key is missing or not a count,
 * `UNSUPPORTED_FORMAT` for a version that walq does not read.
 */
export function readMeta(meta: Meta): BatchMeta {
  const version = meta["version"];
  if (version === undefined) throw new WalqError("CORRUPT", "Cannot read Meta: no version");
  const read = READERS.get(version);
  if (read !== undefined) return withAgain(read(meta), againIn(meta));
  const known = [...READERS.keys()].map((name) => `"${name}"`).join(", ");
  throw new WalqError(
    "UNSUPPORTED_FORMAT",
    `Cannot read file: got version "${version}", expected one of ${known}`,
  );
}

function withAgain(known: BatchMeta, again: SentAgain | undefined): BatchMeta {
  return again === undefined ? known : { ...known, again };
}
