/** Bytes that wait for a client at most: one that does not read is cut. */
export const BUFFERED_BYTES_MAX: number = 512 * 1024;

const ENCODER = new TextEncoder();

/** The events of one client. What it does not take is not kept for it: it is cut. */
export class EventStream {
  /** Server-sent events, as the client reads them. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #onEnd: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOver = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 1, size: (chunk) => chunk.length });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends an event. @param json its data */
  send(name: string, json: string): void {
    if (this.#isOver) return;
    this.#controller.enqueue(ENCODER.encode(`event: ${name}\ndata: ${json}\n\n`));
    if (1 - (this.#controller.desiredSize ?? 1) > BUFFERED_BYTES_MAX) this.cut();
  }

  /** No more comes, and what waits is for nobody: the client does not read. */
  cut(): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller.error(new Error("the client does not read what it asked for"));
  }

  /** No more comes; what was sent is still read. */
  close(): void {
    if (this.#isOver) return;
    this.#end();
    this.#controller.close();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
  }
}
