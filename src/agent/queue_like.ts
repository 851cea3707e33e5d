import type { ContentHeaders } from "../content.ts";
import type { PageParser, QueueActions, SetAsideBatch } from "../contracts.ts";
import type { QueueOptions } from "../options.ts";
import type { EndpointDetails } from "../stats/endpoint_details.ts";
import type { QueueSnapshot } from "../stats/queue_stats.ts";
import type { OtlpSink } from "../otlp/sink.ts";
import type { WriteResult } from "../types.ts";
import type { SampleSource } from "./page/sample_keeper.ts";
import type { TextEncoding } from "../receive/push/protocol.ts";

/** What the program needs of a queue; `Queue` is one, tests have another. */
export interface QueueLike extends QueueActions, Partial<QueueDetails> {
  appender(): AppenderLike;
  write(
    bytes: Uint8Array,
    content: ContentHeaders,
    options?: { readonly durable?: boolean },
  ): Promise<WriteResult>;
  /** As an appender writes it; does not wait for the disk. */
  commitAppended(body: Uint8Array, signal: AbortSignal): Promise<WriteResult>;
  /**
   * The same at once, with handles of label sets; undefined when there is no room. The bytes
   * are the caller's again when it returns.
   */
  takeScraped(body: Uint8Array): { readonly handles?: Uint8Array } | undefined;
  /** Whose handles these may be at this moment. */
  readonly handlesOf: number;
  /** As an appender writes it; resolves when it is durable. */
  writeAppended(body: Uint8Array): Promise<WriteResult>;
  /** A body without what it is under. */
  unpackBody(bytes: Uint8Array, encoding: TextEncoding): Uint8Array;
  /** What reads pages that are pushed. */
  readonly pages: PageParser;
  stats(): QueueSnapshot;
  update(options: QueueOptions): Promise<void>;
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** What the page shows beside numbers. */
interface QueueDetails extends SampleSource {
  details(endpoint: string): EndpointDetails | undefined;
  quarantined(endpoint: string, max?: number): Promise<readonly SetAsideBatch[]>;
}

/** A transaction. */
export type AppenderLike = OtlpSink;
