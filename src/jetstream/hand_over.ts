import type {
  BatchPart,
  BatchWriter,
  HttpAnswer,
  HttpClient,
  HttpRequest,
  Kernel,
  Logger,
  Platform,
  StorableBatch,
} from "../contracts.ts";
import { messageOf, StreamError, type StreamErrorCode, WalqError } from "../errors.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import type { ResolvedStream } from "../options.ts";
import type { ProtobufMessage, SignalCounts } from "../types.ts";
import { unlessAborted } from "../unless_aborted.ts";
import { StreamIntake } from "./intake.ts";
import { type OpenedLog, openLog } from "./open_stream.ts";
import { StreamRemarks } from "./stream_remarks.ts";
import { StreamSubjects } from "./subjects.ts";

/** What a {@link HandOver} works with. */
export interface HandOverDependencies {
  readonly platform: Pick<Platform, "files" | "clock" | "random" | "openStream">;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Shown by the servers. */
  readonly clientName: string;
  /** Whether this process may send at this moment, if others may. */
  readonly maySend?: (() => boolean) | undefined;
}

/** A stream that is open. */
interface Opened extends OpenedLog {
  readonly intake: StreamIntake;
}

/** Requests of as many shards as there may be, in as many parts. */
const STORED_PARTS_MAX = 16_384;

/** A request, dealt to the partitions of a stream. */
interface Dealt {
  readonly kinds: SignalCounts;
  readonly parts: readonly BatchPart[];
}

/**
 * An endpoint that is a stream: takes requests of remote write as a receiver would, and
 * answers when the stream has stored all of what is in them. A request becomes a batch, in a
 * part for each partition; the id of a part is made of its content, so that a request that is
 * sent again, as no answer came, is stored once.
 *
 * What cannot be stored now is a 503; what somebody has to mend before anything can be is one
 * of the statuses that say "not you" (401, 403) or "not here" (404); a request that is too
 * large for messages of the servers is a 413; and only what can never be stored is a 400.
 */
export class HandOver implements HttpClient {
  readonly #stream: ResolvedStream;
  readonly #of: HandOverDependencies;
  /** The servers forget what was stored, and a stream that is full may take a part an hour later. */
  readonly #stored = new StoredParts();
  #writer: BatchWriter | undefined;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;
  /** Over all attempts to open it. */
  readonly #remarks: StreamRemarks;

  constructor(stream: ResolvedStream, dependencies: HandOverDependencies) {
    this.#stream = stream;
    this.#of = dependencies;
    this.#remarks = new StreamRemarks(dependencies.logger);
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    try {
      const opened = await unlessAborted(this.#open(), signal);
      // To open it may have taken its time.
      if (this.#of.maySend?.() === false) throw new Error(NOT_HELD);
      const { kinds, parts } = this.#deal(request, opened);
      await unlessAborted(this.#publish(parts, opened), signal);
      return stored(kinds);
    } catch (error) {
      if (error instanceof StreamError && error.code === "unavailable") this.#look();
      if (signal.aborted) throw error;
      return refused(error);
    }
  }

  /** Servers that do not answer are not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opened?.log.close();
  }

  /** All who ask at once share one; after one that has failed, the next request begins anew. */
  async #open(): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    this.#opening ??= this.#openNow().finally(() => this.#opening = undefined);
    const opened = await this.#opening;
    if (!this.#isClosed) return this.#opened = opened;
    await opened.log.close();
    throw new WalqError("CLOSED", "the endpoint is closed");
  }

  async #openNow(): Promise<Opened> {
    const { platform } = this.#of;
    const opened = await openLog(this.#stream, { ...this.#of, remarks: this.#remarks });
    const subjects = new StreamSubjects(this.#stream.stream);
    return { ...opened, intake: new StreamIntake(opened.log, subjects, platform.random) };
  }

  /**
   * Whether the stream is there still, which who publishes is not told: nobody takes what is
   * for one that was deleted, as with one that has no leader. If not, the next request opens
   * it anew, which makes it, or says why it cannot.
   */
  #look(): void {
    const opened = this.#opened;
    if (opened === undefined) return;
    this.#looking ??= opened.log.state()
      .then(() => {}, (error: unknown) => this.#doubt(opened, error))
      .finally(() => this.#looking = undefined);
  }

  async #doubt(opened: Opened, error: unknown): Promise<void> {
    const isGone = error instanceof StreamError && error.code === "refused";
    if (!isGone || this.#opened !== opened) return;
    this.#opened = undefined;
    // What was stored went with it.
    this.#stored.clear();
    await opened.log.close().catch(() => {});
  }

  /** In one go: the writer has one batch open at a time. */
  #deal({ headers, body = new Uint8Array() }: HttpRequest, { partitions }: Opened): Dealt {
    const writer = this.#writer ??= this.#of.kernel.createWriter();
    const { accepted, kinds, invalid, unsupported, firstInvalid, firstUnsupported } = writer
      .addRequest(body, {
        message: messageIn(headers),
        compression: "snappy",
        uncompressedBytesMax: BATCH_BYTES_MAX,
        // What is too old is a matter of the endpoint, which was here before, and of who sends it.
        cutoffMs: -Infinity,
        latestMs: Infinity,
      });
    const parts = accepted === 0 ? [] : writer.encodeParts(partitions);
    if (invalid + unsupported === 0) return { kinds, parts };
    // Nothing of it is stored: the half that has nothing of the kind is.
    throw new WalqError("INVALID_REQUEST", firstInvalid ?? firstUnsupported ?? "a rule is broken");
  }

  async #publish(parts: readonly BatchPart[], { intake }: Opened): Promise<void> {
    const all = parts.map((part) => {
      const storable: StorableBatch = { ...part };
      // What is too large is found before anything is stored.
      const { id } = intake.prepare(storable);
      return { storable, key: `${part.partition}.${id}` };
    });
    const missing = all.filter(({ key }) => !this.#stored.has(key));
    // Each has its end before the request is sent again: what is on its way is not overtaken.
    const ends = await Promise.allSettled(
      missing.map(async ({ storable, key }) => {
        await intake.publish(storable);
        this.#stored.add(key);
      }),
    );
    for (const end of ends) {
      if (end.status === "rejected") throw end.reason;
    }
    this.#stored.delete(all.map(({ key }) => key));
  }
}

const NOT_HELD = "the partitions of what is to be sent may be another process's by now";

/** Parts of requests that have not been stored whole, and may be sent again as they are. */
class StoredParts {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
    // Those of requests that never came again.
    const [oldest] = this.#keys;
    if (this.#keys.size > STORED_PARTS_MAX) this.#keys.delete(oldest!);
  }

  clear(): void {
    this.#keys.clear();
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) this.#keys.delete(key);
  }
}

function messageIn({ "content-type": type = "" }: HttpRequest["headers"]): ProtobufMessage {
  return type.includes("proto=io.prometheus.write.v2.Request")
    ? "io.prometheus.write.v2.Request"
    : "prometheus.WriteRequest";
}

/** With what remote write 2.0 wants to be told; 1.0 does not look at it. */
function stored({ samples, histograms, exemplars }: SignalCounts): HttpAnswer {
  const written = { samples, histograms, exemplars };
  const headers = new Map(
    Object.entries(written).map(([kind, count]) => [
      `x-prometheus-remote-write-${kind}-written`,
      String(count),
    ]),
  );
  return {
    status: 204,
    header: (name) => headers.get(name),
    text: "",
    note: "stored by the stream's quorum",
    // The kernel has copied it.
    isBodySent: true,
  };
}

/** @throws what is a bug */
function refused(error: unknown): HttpAnswer {
  const status = statusOf(error);
  if (status === undefined) throw error;
  const text = status === 400 ? notStorable(messageOf(error)) : messageOf(error);
  return { status, header: () => undefined, text };
}

const BY_STREAM_CODE: Readonly<Record<StreamErrorCode, number>> = {
  unavailable: 503,
  full: 503,
  conflict: 503,
  denied: 401,
  refused: 403,
  too_large: 413,
};

function statusOf(error: unknown): number | undefined {
  if (error instanceof StreamError) return BY_STREAM_CODE[error.code];
  if (!(error instanceof WalqError)) return undefined;
  switch (error.code) {
    case "INVALID_REQUEST":
      return 400;
    case "TOO_LARGE":
      return 413;
    case "INVALID_OPTIONS":
      return error.cause instanceof StreamError && error.cause.code === "denied" ? 401 : 404;
    case "STORAGE":
    case "CLOSED":
      return 503;
    default:
      return undefined;
  }
}

/** In quotes: nothing that is said of the data is taken for a word about the protocol. */
function notStorable(words: string): string {
  return `it cannot be stored: "${words.replaceAll('"', "'")}"`;
}
