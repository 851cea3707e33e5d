import type { View } from "../src/agent/page/protocol.ts";
import { address } from "./api.ts";

const RETRY_MS = 5_000;

/** What is told, by the names of the events. */
export type Handlers = Readonly<Record<string, (data: never) => void>>;

/** Who does not answer is taken for one that does not read, and loses its place. */
function sayRead(question: string): void {
  // A connection that fails is seen by the stream.
  fetch(address("page/read", { question }), { method: "POST", credentials: "same-origin" })
    .catch(() => {});
}

/** The one stream of events of the page: of what is looked at, and only while somebody sees the page. */
export class Stream {
  readonly #onConnected: (isConnected: boolean) => void;
  #source: EventSource | undefined;
  #open: (() => void) | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(onConnected: (isConnected: boolean) => void) {
    this.#onConnected = onConnected;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#close();
      else if (this.#source === undefined) this.#open?.();
    });
  }

  /** From now on this is looked at, and nothing else. */
  look(view: View, params: Readonly<Record<string, string>>, handlers: Handlers): void {
    this.#open = () => this.#connect(address("page/events", { view, ...params }), handlers);
    if (!document.hidden) this.#open();
  }

  #connect(url: string, handlers: Handlers): void {
    this.#close();
    const source = new EventSource(url);
    this.#source = source;
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, ({ data }) => handle(JSON.parse(data) as never));
    }
    source.addEventListener("read", ({ data }) => sayRead(JSON.parse(data) as string));
    source.addEventListener("open", () => this.#onConnected(true));
    source.addEventListener("error", () => {
      this.#onConnected(false);
      // A browser does not try again what was refused.
      if (source.readyState !== EventSource.CLOSED) return;
      this.#close();
      this.#retry = setTimeout(() => this.#connect(url, handlers), RETRY_MS);
    });
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }
}
