/** Pushes into a queue in memory, and what arrives at its endpoint. */
import type { Hono } from "hono";
import { receiver } from "../../../receiver.ts";
import { Rig } from "../../queue/support.ts";
import { valueOf } from "../../support/endpoint_double.ts";
// Loaded with the first request; virtual time does not wait for that.
import "../../../src/receive/push/pushes.ts";

/** How a push is asked for. */
interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** A receiver before a queue, and who pushes to it. */
export class PushRig {
  readonly rig: Rig;
  #app: Hono | undefined;

  constructor(options: ConstructorParameters<typeof Rig>[0] = {}) {
    this.rig = new Rig(options);
  }

  async open(): Promise<this> {
    await this.rig.open();
    this.#app = receiver(this.rig.queue);
    // What reads pushes is loaded with the first request, in real time.
    await this.#app.fetch(new Request("http://host/ping"));
    return this;
  }

  get nowMs(): number {
    return this.rig.nowMs();
  }

  /** What the receiver answers. */
  async push(
    path: string,
    body: string | Uint8Array | null,
    { method = "POST", headers = {} }: Asked = {},
  ): Promise<Response> {
    const init = { method, headers, body: body as BodyInit | null };
    const request = new Request(`http://host${path}`, init);
    return await this.rig.wait(Promise.resolve(this.#app!.fetch(request)));
  }

  /** The status and the text of an answer. */
  async told(...asked: Parameters<PushRig["push"]>): Promise<string> {
    const answer = await this.push(...asked);
    return `${answer.status} ${await answer.text()}`.trim();
  }

  /** What the endpoint has got when nothing is pending: series, values, and how long after `sinceMs` they are. */
  async arrived(sinceMs: number): Promise<string[]> {
    await this.rig.drain();
    return this.rig.one.arrivals
      .map(({ series, valueBits, timestampMs }) =>
        `${series} ${valueOf(valueBits)} +${timestampMs - sinceMs}`
      )
      .toSorted();
  }
}
