import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataPathOf } from "../test/peers/support/walq.ts";
import { freePort } from "../test/peers/support/scratch.ts";
import type { Wire } from "../test/peers/support/wire.ts";

/** What a configuration of a benchmark says; all else stays at its default. */
export interface BenchSetup {
  readonly directory: string;
  /** @default one that is free */
  readonly port?: number;
  /** An endpoint each. */
  readonly urls: readonly string[];
  readonly out: Wire;
  /** Lines of each endpoint's `queue_config`. */
  readonly queueConfig: readonly string[];
  /** More lines of `queue`, and of each endpoint. */
  readonly queue?: readonly string[];
  readonly endpoint?: readonly string[];
}

/** Writes it; returns its path. */
export async function writeBenchConfig(setup: BenchSetup): Promise<string> {
  const path = join(setup.directory, "walq.yaml");
  const lines = [
    "server:",
    `  listen: 127.0.0.1:${setup.port ?? await freePort()}`,
    "queue:",
    `  data_path: ${dataPathOf(setup.directory)}`,
    ...(setup.queue ?? []).map((line) => `  ${line}`),
    ...(setup.urls.length > 0 ? ["remote_write:"] : []),
    ...setup.urls.flatMap((url, index) => [
      `  - name: sink${index}`,
      `    url: ${url}`,
      ...(setup.out === "2.0" ? ["    protobuf_message: io.prometheus.write.v2.Request"] : []),
      ...(setup.endpoint ?? []).map((line) => `    ${line}`),
      ...(setup.queueConfig.length > 0 ? ["    queue_config:"] : []),
      ...setup.queueConfig.map((line) => `      ${line}`),
    ]),
  ];
  writeFileSync(path, lines.join("\n") + "\n");
  return path;
}
