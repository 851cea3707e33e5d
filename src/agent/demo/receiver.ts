import type { AgentHost, Listener } from "../host.ts";
import { unsnappy } from "./snappy.ts";
import { countSamples } from "./wire.ts";

/** An endpoint to send to: a real HTTP server on a loopback port that counts samples. */
export class DemoReceiver {
  readonly #host: AgentHost;
  #listener: Listener | undefined;
  #port = 0;
  #samples = 0;

  constructor(host: AgentHost) {
    this.#host = host;
  }

  get isUp(): boolean {
    return this.#listener !== undefined;
  }

  /** Samples it has got. */
  get samples(): number {
    return this.#samples;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api/v1/write`;
  }

  /** Opens the port, the same one as before. */
  async start(): Promise<void> {
    this.#listener = await this.#host.listen({
      hostname: "127.0.0.1",
      port: this.#port,
      handler: async (request) => {
        const body = new Uint8Array(await request.arrayBuffer());
        this.#samples += countSamples(unsnappy(body));
        return new Response(null, { status: 204 });
      },
    });
    this.#port = this.#listener.port;
  }

  /** Closes the port: connections are refused. */
  async stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.kill();
  }
}
