import { silentLogger } from "../../logger.ts";
import type { AgentHost, Listener } from "../host.ts";
import { portOf } from "../listen_address.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const ROOMS = ["attic", "cellar", "kitchen"];

/** Something to scrape: a real HTTP server on a loopback port that shows a few metrics. */
export class DemoExporter {
  readonly #host: AgentHost;
  #listener: Listener | undefined;
  #requests = 0;

  constructor(host: AgentHost) {
    this.#host = host;
  }

  /** Where it is scraped. */
  get address(): string {
    return `127.0.0.1:${portOf(this.#listener!)}`;
  }

  async start(): Promise<void> {
    this.#listener = await this.#host.listen({
      addresses: [{ hostname: "127.0.0.1", port: 0 }],
      logger: silentLogger,
      handler: () => new Response(this.#page(), { headers: { "content-type": CONTENT_TYPE } }),
    });
  }

  async stop(): Promise<void> {
    await this.#listener?.kill();
  }

  #page(): string {
    const minutes = this.#host.platform.clock.nowMs() / 60_000;
    const rooms = ROOMS.map((room, index) =>
      `demo_temperature_celsius{room="${room}"} ${(20 + 5 * Math.sin(minutes + index)).toFixed(3)}`
    );
    return [
      "# HELP demo_temperature_celsius A temperature that somebody has made up.",
      "# TYPE demo_temperature_celsius gauge",
      ...rooms,
      "# HELP demo_requests_total Pages that were shown.",
      "# TYPE demo_requests_total counter",
      `demo_requests_total ${++this.#requests}`,
      "",
    ].join("\n");
  }
}
