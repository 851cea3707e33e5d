import { silentLogger } from "../../logger.ts";
import type { AgentHost, Listener } from "../host.ts";
import { portOf } from "../listen_address.ts";
import { BodyCollector } from "../../receive/body.ts";
import { ByteBudget } from "../../receive/budget.ts";
import { unsnappy } from "./snappy.ts";
import { countSignals } from "./wire.ts";

/** More than walq sends at once. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** An endpoint to send to: a real HTTP server on a loopback port that counts samples. */
export class DemoReceiver {
  readonly #host: AgentHost;
  #listener: Listener | undefined;
  #port = 0;
  #signals = 0;

  constructor(host: AgentHost) {
    this.#host = host;
  }

  get isUp(): boolean {
    return this.#listener !== undefined;
  }

  /** Samples and metadata that it has got. */
  get signals(): number {
    return this.#signals;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/api/v1/write`;
  }

  /** Opens the port, the same one as before. */
  async start(): Promise<void> {
    this.#listener = await this.#host.listen({
      addresses: [{ hostname: "127.0.0.1", port: this.#port }],
      logger: silentLogger,
      handler: async (_, { readChunks }) => {
        const body = new BodyCollector(new ByteBudget(BODY_BYTES_MAX), BODY_BYTES_MAX, undefined);
        await readChunks((chunk) => body.take(chunk));
        this.#signals += countSignals(unsnappy(body.finish()));
        return new Response(null, { status: 204 });
      },
    });
    this.#port = portOf(this.#listener);
  }

  /** Closes the port: connections are refused. */
  async stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.kill();
  }
}
