import type { HttpRequest } from "../../contracts.ts";
import { BodyTooLargeError, UnreadableAnswerError } from "../../errors.ts";
import { type AnswerHead, hasTransferCoding } from "./answer_head.ts";

/** The body of an answer for who wants all of it: each piece is given away as it comes. */
export class BodyStream {
  readonly #bytesMax: number;
  readonly #onBody: NonNullable<HttpRequest["onBody"]>;
  #head: AnswerHead | undefined;
  #length = 0;
  /** There is always more to read, until the answer ends. */
  readonly full = false;

  constructor(bytesMax: number, onBody: NonNullable<HttpRequest["onBody"]>) {
    this.#bytesMax = bytesMax;
    this.#onBody = onBody;
  }

  /**
   * What comes before the first piece.
   *
   * @throws {UnreadableAnswerError} for a body that is packed in a way that nobody asked for.
   */
  begin(head: AnswerHead): void {
    if (hasTransferCoding(head)) {
      const got = head.header("transfer-encoding") ?? "";
      throw new UnreadableAnswerError("its transfer-encoding is", { got, expected: "chunked" });
    }
    this.#head = head;
  }

  /** @throws {BodyTooLargeError} when there is more than is wanted. */
  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#bytesMax) throw new BodyTooLargeError(this.#bytesMax);
    if (piece.length > 0) this.#onBody(piece, this.#head!);
  }

  /** It has been given away. */
  text(): string {
    return "";
  }
}
