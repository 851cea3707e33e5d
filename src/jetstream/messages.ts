import type {
  EncodedBatch,
  OutgoingMessage,
  StorableBatch,
  StreamLog,
  StreamMessage,
} from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { encodeRecord } from "../store/record.ts";
import { metaOf } from "../formats/meta.ts";
import type { StreamSubjects } from "./subjects.ts";
import { headersOf, wordsIn } from "./words.ts";

/** What the headers of a message take at most, beside its data. */
const HEADERS_BYTES = 4 * 1024;
/** Pieces of one batch: their numbers must have room in the headers of the last one. */
const PIECES_MAX = 128;

/** A batch as it goes into a stream: in one message, or in pieces and a message that names them. */
export interface OutgoingBatch {
  /** That of its last message. */
  readonly id: string;
  readonly pieces: readonly OutgoingMessage[];
  /** The batch is there as soon as this one is. @param pieces the numbers that the others have got */
  readonly last: (pieces: readonly number[]) => OutgoingMessage;
  /** Bytes of the batch. */
  readonly bytes: number;
}

/**
 * A batch as the very bytes that its file would have. The id of a message is made of what
 * is in it, so that what is published again, as nobody knows whether it was stored, is
 * stored once.
 *
 * @param only the endpoint that alone is to get it
 * @param nonce makes another batch of one with the same content: what is sent again on
 *   purpose is to be sent again
 * @throws {WalqError} `TOO_LARGE` when it is over what can be put into pieces.
 */
export function outgoing(
  { batch, again, partition = 0 }: StorableBatch,
  { messageBytesMax, subjects, only, nonce }: {
    readonly messageBytesMax: number;
    readonly subjects: StreamSubjects;
    readonly only?: string | undefined;
    readonly nonce?: string | undefined;
  },
): OutgoingBatch {
  const bytes = joined(encodeRecord({ meta: metaOf(batch, again), data: batch.data }));
  const dataBytesMax = messageBytesMax - HEADERS_BYTES;
  const cuts = Math.ceil(bytes.length / dataBytesMax);
  if (cuts > PIECES_MAX) {
    throw new WalqError(
      "TOO_LARGE",
      `Cannot publish a batch: got ${bytes.length} bytes, expected at most ` +
        `${PIECES_MAX * dataBytesMax}: ${PIECES_MAX} messages of max_payload ${messageBytesMax}`,
    );
  }
  const parts = Array.from(
    { length: cuts },
    (_, at) => bytes.subarray(at * dataBytesMax, (at + 1) * dataBytesMax),
  );
  const id = [partition, digestOf(batch), nonce].filter((part) => part !== undefined).join(".");
  const times = { oldestMs: batch.oldestMs, newestMs: batch.newestMs };
  const signals = batch.series + batch.metadata;
  return {
    id,
    bytes: bytes.length,
    pieces: parts.slice(0, -1).map((data, at) => ({
      subject: subjects.pieces(partition),
      id: `${id}.${at}`,
      headers: {},
      data,
    })),
    last: (pieces) => ({
      subject: subjects.batches(partition),
      id,
      headers: headersOf({ signals, bytes: bytes.length, times, only, pieces }),
      data: parts.at(-1)!,
    }),
  };
}

/** The whole of a batch; undefined when a part of it is not there. @throws {StreamError} */
export async function wholeOf(
  log: StreamLog,
  message: StreamMessage,
): Promise<Uint8Array | undefined> {
  const { pieces } = wordsIn(message);
  if (pieces.length === 0) return message.data;
  const before = await Promise.all(pieces.map((seq) => log.read(seq)));
  if (before.includes(undefined)) return undefined;
  return joined([...before.map((piece) => piece!.data), message.data]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * What tells a batch from others of the last minutes: its checksum, which is over all that is
 * in it, and its sizes. Two that are taken for one would cost the second, and 64 bits beside
 * the sizes are enough for that: whoever finds two such batches has sent both.
 */
function digestOf({ checksum, data, uncompressedBytes, series, metadata }: EncodedBatch): string {
  return [checksum, data.length, uncompressedBytes, series, metadata].join("-");
}
