/** A walq with a page worth looking at: endpoints that take, refuse and fail as a test says, and targets. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort, scratchDirectory } from "./scratch.ts";
import { type Runtime, WalqProgram } from "./walq.ts";

/** It looks like HTML, and like what a script would do, and turns around what stands behind it. */
export const HOSTILE =
  `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'&\u202e`;

/** Who may ask where there is a login, and the bcrypt hash of the password. */
export const LOGIN = { username: "alice", password: "open sesame" } as const;
const HASH = "$2b$04$1LMHrSG0OP7YKrHJUAGGNOXlvnoIndTiaRZWcPK8So.3N7sTQtAKS";

/** How many there are of each, and how often they are scraped. */
export interface WorldSize {
  readonly endpoints?: readonly string[];
  readonly targets?: number;
  readonly intervalS?: number;
  /** What targets say of themselves, and with an error. @default something hostile */
  readonly words?: string;
  /** @default "node" */
  readonly runtime?: Runtime;
  /** By TLS, and for {@link LOGIN} alone. */
  readonly isSecure?: boolean;
}

/** All of it; `close` ends it. */
export class PageWorld {
  readonly walq: WalqProgram;
  /** What an endpoint answers, by its name: 204 without an entry. */
  readonly answers: Map<string, readonly [status: number, words: string]>;
  /** Requests that an endpoint took. */
  readonly taken: Map<string, number>;
  readonly #server: Server;

  private constructor(of: Pick<PageWorld, "walq" | "answers" | "taken"> & { server: Server }) {
    this.walq = of.walq;
    this.answers = of.answers;
    this.taken = of.taken;
    this.#server = of.server;
  }

  static async open(size: WorldSize = {}): Promise<PageWorld> {
    const {
      endpoints = ["steady", "flapping", "refusing"],
      targets = 3,
      intervalS = 1,
      words = HOSTILE,
      runtime = "node",
      isSecure = false,
    } = size;
    const answers = new Map<string, readonly [number, string]>();
    const taken = new Map<string, number>();
    const server = createServer((request, response) => {
      const [, kind, name = ""] = request.url!.split("/");
      request.resume().on("end", () => {
        if (kind === "metrics") {
          response.setHeader("content-type", "text/plain; version=0.0.4");
          return response.end(metricsText());
        }
        if (kind === "bad") {
          response.statusCode = 500;
          return response.end(words);
        }
        const [status, said] = answers.get(name) ?? [204, ""];
        response.statusCode = status;
        if (status < 300) taken.set(name, (taken.get(name) ?? 0) + 1);
        response.end(said);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const directory = scratchDirectory("page");
    const path = join(directory, "walq.yaml");
    const here = `127.0.0.1:${port}`;
    const jobs = [
      job({ name: "good", path: "/metrics", intervalS, words }, new Array(targets).fill(here)),
      job({ name: "bad", path: "/bad", intervalS, words }, [here]),
    ];
    const lines = [
      "queue:",
      `  data_path: ${join(directory, "data")}`,
      "server:",
      `  listen: 127.0.0.1:${await freePort()}`,
      "  enable_admin_api: true",
      ...isSecure ? [`  web_config_file: ${writeWebConfig(directory)}`] : [],
      "remote_write:",
      ...endpoints.flatMap((name) => [
        `- name: ${name}`,
        `  url: http://${here}/write/${name}`,
        "  queue_config: {min_backoff: 100ms, max_backoff: 1s}",
      ]),
      "scrape_configs:",
      ...jobs.flat(),
    ];
    writeFileSync(path, lines.join("\n"));
    const walq = await WalqProgram.start(runtime, path);
    return new PageWorld({ walq, answers, taken, server });
  }

  get origin(): string {
    return this.walq.origin;
  }

  async close(): Promise<void> {
    await this.walq.program.stop();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function writeWebConfig(directory: string): string {
  const file = (name: string): string => resolve("test/fixtures/tls", name);
  const path = join(directory, "web.yml");
  const lines = [
    `tls_server_config: { cert_file: ${file("valid.pem")}, key_file: ${file("key.pem")} }`,
    `basic_auth_users: { ${LOGIN.username}: ${HASH} }`,
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}

/** One address may be many targets, if each has a label of its own. */
function job(
  { name, path, intervalS, words }: {
    readonly name: string;
    readonly path: string;
    readonly intervalS: number;
    readonly words: string;
  },
  addresses: readonly string[],
): string[] {
  return [
    `- job_name: ${name}`,
    `  metrics_path: ${path}`,
    `  scrape_interval: ${intervalS}s`,
    `  scrape_timeout: ${intervalS}s`,
    "  static_configs:",
    ...addresses.flatMap((address, at) => [
      `  - targets: ["${address}"]`,
      `    labels: {instance: "${name}-${at}", note: ${JSON.stringify(words)}}`,
    ]),
  ];
}

function metricsText(): string {
  const lines = Array.from({ length: 10 }, (_, at) => `m{series="${at}"} ${Date.now() % 1000}`);
  return [...lines, `go_things ${Date.now() % 7}`, ""].join("\n");
}
