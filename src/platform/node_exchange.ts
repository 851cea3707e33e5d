import type { Dispatcher } from "undici";
import type { HttpAnswer, HttpRequest } from "../contracts.ts";
import { BodyHead } from "./body_head.ts";

/** An answer with this much more than is wanted is read to its end, which keeps the connection. */
const REST_BYTES_MAX = 64 * 1024;
const REST_MS_MAX = 1_000;

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/**
 * One exchange, as undici's dispatcher tells it. Without the streams of
 * `undici.request`, which cost more than the small answers that are read here.
 */
export class NodeExchange implements Dispatcher.DispatchHandler {
  /** Settles when the head of the body is there, or the exchange has failed. */
  readonly answer: Promise<HttpAnswer>;
  readonly #signal: AbortSignal;
  readonly #head: BodyHead;
  readonly #stop = (): void => this.#abort(this.#signal.reason);
  #resolve!: (answer: HttpAnswer) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Headers = {};
  #restBytes = 0;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #settled = false;

  constructor(request: HttpRequest, signal: AbortSignal) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#head = new BodyHead(request.answerBytesMax);
    signal.addEventListener("abort", this.#stop, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a connection: it must not go out any more.
    if (this.#signal.aborted) controller.abort(asError(this.#signal.reason));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // Interim answers ("103 Early Hints") say nothing of what will become of the request.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (!this.#head.full) this.#head.add(chunk);
    else this.#restBytes += chunk.length;
    if (!this.#head.full) return;
    this.#finish();
    // The answer is complete for the caller, whatever becomes of the rest.
    const cut = (): void => controller.abort(new Error("the answer is longer than is wanted"));
    if (this.#restBytes > REST_BYTES_MAX) cut();
    else this.#restTimer ??= setTimeout(cut, REST_MS_MAX);
  }

  onResponseEnd(): void {
    clearTimeout(this.#restTimer);
    this.#finish();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#restTimer);
    this.#fail(error);
  }

  #finish(): void {
    if (!this.#settle()) return;
    const headers = this.#headers;
    this.#resolve({
      status: this.#status,
      header: (name) => joined(headers[name]),
      text: this.#head.text(),
    });
  }

  #fail(error: unknown): void {
    // The status is the answer; a body that is cut off takes nothing of it back.
    if (this.#status !== 0) this.#finish();
    else if (this.#settle()) this.#reject(error);
  }

  #abort(reason: unknown): void {
    this.#fail(reason);
    this.#controller?.abort(asError(reason));
  }

  /** False when it is settled already. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#signal.removeEventListener("abort", this.#stop);
    return true;
  }
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
