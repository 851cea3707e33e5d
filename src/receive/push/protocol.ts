import type { PageParser } from "../../contracts.ts";
import type { ContentEncoding } from "../../content.ts";
import type { WriteResult } from "../../types.ts";

/** What pushes text: `walq_push_requests_total` counts by it. */
export type PushKind = "prometheus" | "pushgateway" | "influx";

/** What of a push is no sample in the queue, though the push was taken. */
export type LeftOut = "duplicate" | "string" | "line";

/** What bodies come under: of snappy the frames, which remote write has not. */
export type TextEncoding = Exclude<ContentEncoding, "snappy"> | "snappy frames";

/** What a push needs of a queue. */
export interface PushQueue {
  /** A body without what it is under. */
  unpackBody(bytes: Uint8Array, encoding: TextEncoding): Uint8Array;
  /** What an appender writes; resolves when it is durable. */
  writeAppended(body: Uint8Array): Promise<WriteResult>;
  /** What reads pages. */
  readonly pages: PageParser;
}

/** What was made of a body. */
export interface MadeRequest {
  /** As an appender writes it. */
  readonly bytes: Uint8Array;
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
  /** What is wrong with a part of the body, where the rest is taken. */
  readonly problem?: string | undefined;
  /** It is in the queue, or was refused. */
  readonly end?: (isTaken: boolean) => void;
}

/** How one kind of push is read and answered. */
export interface PushProtocol {
  readonly kind: PushKind;
  /**
   * Reads what the URL and the headers say, before the body comes.
   *
   * @throws {WalqError} `INVALID_REQUEST`, `UNSUPPORTED_CONTENT`
   */
  open(request: Request, nowMs: number): ReadPush;
  succeed(): Response;
  /** `headers` are those that the status wants. */
  fail(status: number, message: string, headers: Readonly<Record<string, string>>): Response;
}

/**
 * Makes a request of a body.
 *
 * @throws {PageError} for what breaks its format, and {@link WalqError}.
 */
export type ReadPush = (body: Uint8Array, queue: PushQueue) => MadeRequest;

/**
 * Bytes that may be made of one body. Labels of a line or of a URL come again with each
 * sample, so a small body could make a request of any size.
 */
export const MADE_BYTES_MAX: number = 64 * 1024 * 1024;
