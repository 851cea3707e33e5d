/** A queue on a real host that sends without a pause, and receivers that count what they get. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Platform } from "../../src/contracts.ts";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import type { Serve } from "../contract/endpoint_server.ts";
import { MemoryLogger } from "./memory_logger.ts";
import { decodeRequest } from "./remote_write_v1.ts";

const SERIES = { __name__: "number" };

/** What has arrived, wherever: the numbers from 0 on that {@link UnderLoad} sends. */
export class Arrived {
  readonly #numbers = new Set<number>();
  readonly #waiting = new Set<() => void>();

  /** Takes a request, whoever serves it; `onRequest` is told of it. */
  serve(onRequest: () => void = () => {}): Serve {
    return (response, { body }) => {
      for (const { samples } of decodeRequest(body)) {
        for (const { valueBits } of samples) this.#numbers.add(numberOf(valueBits));
      }
      response.writeHead(204).end();
      onRequest();
      for (const look of this.#waiting) look();
    };
  }

  /** Resolves when so many more than now have arrived. */
  more(count: number): Promise<void> {
    const wanted = this.#numbers.size + count;
    return this.until(() => this.#numbers.size >= wanted);
  }

  /** Resolves when this is so, which is looked at when something arrives. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }
}

function numberOf(bits: bigint): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
}

type Endpoint = Omit<EndpointOptions, "name">;

/** A queue with one endpoint. */
export class UnderLoad {
  readonly logger: MemoryLogger;
  readonly queue: Queue;
  readonly #directory: string;
  #sent = 0;
  #isStopped = false;
  #sending: Promise<void> = Promise.resolve();
  /** Called after each commit. */
  #look: () => void = () => {};

  private constructor(queue: Queue, directory: string, logger: MemoryLogger) {
    this.queue = queue;
    this.#directory = directory;
    this.logger = logger;
  }

  /** Begins to send. */
  static async open(endpoint: Endpoint, platform: Platform): Promise<UnderLoad> {
    const directory = await mkdtemp(join(tmpdir(), "walq-load-"));
    const logger = new MemoryLogger();
    const queue = await Queue.open(optionsOf(directory, endpoint), { platform, logger });
    const load = new UnderLoad(queue, directory, logger);
    load.#sending = load.#send();
    return load;
  }

  /** Goes on with other options. */
  update(endpoint: Endpoint): Promise<void> {
    return this.queue.update(optionsOf(this.#directory, endpoint));
  }

  /** Resolves when so many signals have been sent in vain. */
  failed(signals: number): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.queue.stats().endpoints[0]!.retriedTotal >= signals) resolve();
      };
    });
  }

  /** Stops, and sees that all that was sent has arrived and nothing was dropped. */
  async expectAll(arrived: Arrived): Promise<void> {
    this.#isStopped = true;
    await this.#sending;
    const all = Array.from({ length: this.#sent }, (_, number) => number);
    await arrived.until(() => all.every((number) => arrived.has(number)));
    const { dropped } = this.queue.stats();
    assert.deepEqual(Object.values(dropped).filter((count) => count > 0), []);
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    await this.#sending;
    await this.queue.close();
    await rm(this.#directory, { recursive: true });
  }

  async #send(): Promise<void> {
    while (!this.#isStopped) {
      const appender = this.queue.appender();
      appender.append(SERIES, Date.now(), this.#sent++);
      await appender.commit({ durable: true });
      this.#look();
    }
  }
}

function optionsOf(dataPath: string, endpoint: Endpoint): QueueOptions {
  const quick = { flushInterval: "10ms", retryBackoff: "1ms", retryBackoffMax: "10ms" };
  return { dataPath, endpoints: [{ name: "one", ...quick, ...endpoint }] };
}
