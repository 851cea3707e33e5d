import { Buffer } from "node:buffer";
import { setTimeout as delay } from "node:timers/promises";
import { Sender } from "../support/send.ts";
import { encodeLabels, type LabelPairs, RequestTemplate } from "../support/write_request.ts";

const RETRY_MS = 250;

/** Sends series of its own to one process: the next values when those before were acknowledged, as a scrape does. */
export class NumberedLoad {
  readonly #labels: readonly LabelPairs[];
  readonly #template: RequestTemplate;
  readonly #url: string;
  readonly #everyMs: number;
  #sender: Sender;
  /** The newest value of all series that was acknowledged. */
  acked = -1;
  /** When each was, by `performance.now()`. */
  readonly ackedAtMs: number[] = [];
  readonly name: string;
  /** Requests that were sent again, as nobody answered or with a 5xx. */
  retried = 0;

  constructor(
    url: string,
    { name, series, everyMs }: { readonly name: string; series: number; everyMs: number },
  ) {
    this.#url = url;
    this.name = name;
    this.#everyMs = everyMs;
    this.#labels = Array.from({ length: series }, (_, at) => [
      ["__name__", `chaos_${at % 20}`],
      ["instance", name],
      ["path", `/path/${at}`],
    ]);
    this.#template = new RequestTemplate(this.#labels);
    this.#sender = new Sender(url);
  }

  /** Series by the bytes of their labels. */
  get series(): readonly string[] {
    return this.#labels.map((labels) => Buffer.from(encodeLabels(labels)).toString("latin1"));
  }

  /** Goes on until the signal aborts, and ends with an acknowledged value. */
  async run(signal: AbortSignal): Promise<void> {
    for (let value = 0; !signal.aborted; value++) {
      const body = this.#template.fill(Date.now(), () => value);
      while (!await this.#try(body)) {
        this.retried++;
        await delay(RETRY_MS);
      }
      this.acked = value;
      this.ackedAtMs.push(performance.now());
      await delay(this.#everyMs);
    }
  }

  async #try(body: Uint8Array): Promise<boolean> {
    try {
      const { status, text } = await this.#sender.send(body);
      if (status >= 500) return false;
      if (status >= 300) throw new Error(`walq answered ${status}: ${text}`);
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("walq answered")) throw error;
      this.#sender.close();
      this.#sender = new Sender(this.#url);
      return false;
    }
  }
}
