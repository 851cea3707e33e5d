import type { Clock } from "../../contracts.ts";

/** Bytes that wait for a client at most: one that does not read is cut. */
export const BUFFERED_BYTES_MAX: number = 512 * 1024;
/** How long something may wait for it. */
export const STALLED_MS_MAX = 30_000;

const ENCODER = new TextEncoder();

/** The events of one client. What it does not take is not kept for it: it is cut. */
export class EventStream {
  /** Server-sent events, as the client reads them. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #onEnd: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOver = false;
  /** Since when it has not taken what there is. */
  #waitsSinceMs: number | undefined;

  constructor(clock: Pick<Clock, "monotonicMs">, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#waitsSinceMs = undefined;
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 1, size: (chunk) => chunk.length });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends an event. @param json its data */
  send(name: string, json: string): void {
    this.#write(`event: ${name}\ndata: ${json}\n\n`);
  }

  /** A line that says nothing: whoever is between must not take the connection for an idle one. */
  beat(): void {
    this.#write(":\n\n");
  }

  /** No more comes; what was sent is still read. */
  close(): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller.close();
  }

  #write(text: string): void {
    if (this.#isOver) return;
    this.#controller.enqueue(ENCODER.encode(text));
    const nowMs = this.#clock.monotonicMs();
    const waits = 1 - (this.#controller.desiredSize ?? 1);
    if (waits > 0) this.#waitsSinceMs ??= nowMs;
    const stalledMs = nowMs - (this.#waitsSinceMs ?? nowMs);
    if (waits <= BUFFERED_BYTES_MAX && stalledMs < STALLED_MS_MAX) return;
    this.#end();
    this.#controller.error(new Error("the client does not read what it asked for"));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
  }
}
