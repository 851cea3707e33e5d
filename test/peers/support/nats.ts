import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Program } from "./program.ts";
import { isFreePort, scratchDirectory } from "./scratch.ts";
import { until } from "./until.ts";

/**
 * A port that stays free while the server is down: systems give those above to connections
 * that go out, as servers make them to those that are gone.
 */
async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (takes(port) && await isFreePort(port)) return port;
  }
}

/** For this process; false where another test has it, whose server may be down at this moment. */
function takes(port: number): boolean {
  const path = join(tmpdir(), `walq-port-${port}`);
  try {
    mkdirSync(path);
  } catch {
    return false;
  }
  process.on("exit", () => rmdirSync(path));
  return true;
}

/** How a server is set up beside what it needs. */
export interface NatsSettings {
  /** More lines of its file. */
  readonly lines?: readonly string[];
  /** @default that of Debian */
  readonly program?: string;
}

/** A real nats-server with JetStream; it can be killed and started again on what it keeps. */
export class NatsServer {
  readonly address: string;
  readonly #monitor: string;
  readonly #command: readonly string[];
  readonly #configure: (lines: readonly string[]) => void;
  #program: Program | undefined;

  private constructor(
    command: readonly string[],
    configure: (lines: readonly string[]) => void,
    port: number,
    monitorPort: number,
  ) {
    this.#command = command;
    this.#configure = configure;
    this.address = `127.0.0.1:${port}`;
    this.#monitor = `http://127.0.0.1:${monitorPort}`;
  }

  static async start({ lines = [] }: NatsSettings = {}): Promise<NatsServer> {
    const server = await NatsServer.#made("alone", await lastingPort(), lines);
    await server.begin();
    return server;
  }

  /** Three that have chosen a leader. */
  static async cluster({ lines = [], program }: NatsSettings = {}): Promise<readonly NatsServer[]> {
    const ports = [await lastingPort(), await lastingPort(), await lastingPort()];
    const servers: NatsServer[] = [];
    for (const [at, port] of ports.entries()) {
      const routes = ports.filter((other) => other !== port)
        .map((other) => `nats-route://127.0.0.1:${other}`);
      servers.push(
        await NatsServer.#made(`server_${at}`, await lastingPort(), [
          `cluster { name: walq, listen: "127.0.0.1:${port}", routes: [${routes.join(", ")}] }`,
          ...lines,
        ], program),
      );
    }
    await Promise.all(servers.map((server) => server.begin()));
    await until("one server leads all three", async () => {
      const seen = await Promise.all(servers.map((server) => server.#followers()));
      return seen.includes(servers.length - 1);
    });
    return servers;
  }

  static async #made(
    name: string,
    port: number,
    lines: readonly string[],
    program: string = "nats-server",
  ): Promise<NatsServer> {
    const directory = scratchDirectory("nats");
    const monitorPort = await lastingPort();
    const path = join(directory, "nats.conf");
    const own = [
      `server_name: ${name}`,
      `listen: "127.0.0.1:${port}"`,
      `http: "127.0.0.1:${monitorPort}"`,
      `jetstream { store_dir: "${join(directory, "store")}" }`,
    ];
    const configure = (more: readonly string[]): void =>
      writeFileSync(path, [...own, ...more].join("\n"));
    configure(lines);
    return new NatsServer([program, "-c", path], configure, port, monitorPort);
  }

  /** What the server tells of itself, by `/varz` and the like. */
  async told<Answer>(path: string): Promise<Answer> {
    return await (await fetch(this.#monitor + path)).json() as Answer;
  }

  get pid(): number {
    return this.#program?.pid ?? -1;
  }

  get output(): string {
    return this.#program?.output ?? "";
  }

  /** From its next start on: the lines of {@link NatsSettings}. */
  configure(lines: readonly string[]): void {
    this.#configure(lines);
  }

  /** Starts it, on what it kept. */
  async begin(): Promise<void> {
    this.#program = new Program(this.#command);
    await this.#program.ready(`${this.#monitor}/healthz?js-enabled-only=true`);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#program?.stop(signal);
  }

  /** Those that keep up with this one, if it leads; a stream of three is made when there are two. */
  async #followers(): Promise<number> {
    const answer = await this.told<{
      readonly meta_cluster?: { readonly replicas?: readonly { readonly current: boolean }[] };
    }>("/jsz");
    return answer.meta_cluster?.replicas?.filter(({ current }) => current).length ?? 0;
  }
}
