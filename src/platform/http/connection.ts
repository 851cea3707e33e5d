import type { HttpAnswer, HttpRequest } from "../../contracts.ts";
import { idleMsMax } from "./answer_head.ts";
import { AnswerReader } from "./answer_reader.ts";
import type { Wire, WireListener } from "./wire.ts";

/** An answer with this much more than is wanted is read to its end, which keeps the connection. */
const REST_BYTES_MAX = 64 * 1024;
const REST_MS_MAX = 1_000;

/** A call that waits for an answer. */
interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** All of the body is wanted, or an error. */
  readonly isWhole: boolean;
}

/** Told how long the endpoint says that it keeps an idle connection, if it says so. */
type OnIdle = (connection: Connection, idleMsMax: number | undefined) => void;

/** A connection to an endpoint, with one exchange at a time. */
export class Connection implements WireListener {
  readonly #wire: Wire;
  readonly #onIdle: OnIdle;
  /** Undefined between two exchanges. */
  #reader: AnswerReader | undefined;
  #waiting: Waiting | undefined;
  #isSent = true;
  #isOpen = true;
  /** Why it is no longer open. */
  #end: unknown;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #stop = (): void => this.onError(this.#waiting?.signal.reason);

  /** `onIdle` is called after each exchange that leaves the connection fit for another one. */
  constructor(wire: Wire, onIdle: OnIdle) {
    this.#wire = wire;
    this.#onIdle = onIdle;
    wire.listen(this);
  }

  /** False when the other side has hung up, or sent what nobody asked for. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The other side said nothing at all to the last request before the connection ended. */
  get isMute(): boolean {
    return !this.#isOpen && this.#reader?.hasBytes === false;
  }

  /** Sends a request, given in parts, and resolves to its answer. */
  exchange(
    parts: readonly Uint8Array[],
    wanted: Pick<HttpRequest, "answerBytesMax" | "onBody" | "wantsBodyOf">,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { answerBytesMax, onBody, wantsBodyOf } = wanted;
    if (!this.#isOpen) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#reader = new AnswerReader(answerBytesMax, onBody, wantsBodyOf);
      this.#waiting = { resolve, reject, signal, isWhole: onBody !== undefined };
      this.#isSent = false;
      signal.addEventListener("abort", this.#stop, { once: true });
      this.#wire.keepAlive(true);
      this.#wire.write(parts, () => {
        this.#isSent = true;
        this.#finish();
      });
    });
  }

  /** A call that waits for an answer gets an error. */
  destroy(): void {
    this.onError(new Error("the connection was closed"));
  }

  onData(bytes: Uint8Array): void {
    const reader = this.#reader;
    // Nobody has asked for it, and the next answer would begin with it.
    if (reader === undefined) return this.destroy();
    try {
      reader.add(bytes);
    } catch (error) {
      return this.onError(error);
    }
    if (!reader.isEnough) return;
    this.#settle();
    if (reader.restBytes > REST_BYTES_MAX) this.destroy();
    else this.#finish();
  }

  onEnd(): void {
    try {
      this.#reader?.end();
      this.destroy();
    } catch (error) {
      this.onError(error);
    }
  }

  /** The exchange is done when both sides have sent everything; they get some time for that. */
  #finish(): void {
    const reader = this.#reader;
    const head = reader?.head;
    if (reader === undefined || head === undefined || this.#waiting !== undefined) return;
    if (!this.#isSent || !reader.isComplete) {
      this.#restTimer ??= setTimeout(() => this.destroy(), REST_MS_MAX);
      return;
    }
    clearTimeout(this.#restTimer);
    this.#restTimer = undefined;
    this.#reader = undefined;
    if (!reader.keepsConnection) return this.destroy();
    this.#wire.keepAlive(false);
    this.#onIdle(this, idleMsMax(head));
  }

  onError(error: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end = error;
    clearTimeout(this.#restTimer);
    // The status is the answer; a body that is cut off takes nothing of it back, unless it is wanted.
    const isAnswer = this.#waiting?.isWhole ? this.#reader?.isComplete : true;
    if (this.#reader?.head !== undefined && isAnswer) this.#settle();
    this.#release()?.reject(error);
    this.#wire.destroy();
  }

  #settle(): void {
    const { head, text } = this.#reader!;
    const { status, header } = head!;
    this.#release()?.resolve({ status, header, text, isBodySent: this.#isSent });
  }

  #release(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.signal.removeEventListener("abort", this.#stop);
    return waiting;
  }
}
