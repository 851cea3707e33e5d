import { isInstalled } from "./installed.ts";
import { Program } from "./program.ts";
import { freePort, scratchDirectory } from "./scratch.ts";

/** A page as a program serves it. */
export interface ServedPage {
  readonly name: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const PROTOBUF =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/** One of each format that an exporter may have. */
const ACCEPTS: readonly string[] = [
  "text/plain;version=0.0.4",
  "application/openmetrics-text;version=1.0.0",
  PROTOBUF,
];

/** Debian's programs with pages, and how they are started at an address. */
const PROGRAMS: Readonly<Record<string, (address: string) => readonly string[]>> = {
  "prometheus-node-exporter": (address) => [
    "prometheus-node-exporter",
    `--web.listen-address=${address}`,
  ],
  "prometheus-postgres-exporter": (address) => [
    "env",
    // Nobody listens there: its page says so.
    "DATA_SOURCE_NAME=postgresql://user@127.0.0.1:9/db?sslmode=disable&connect_timeout=1",
    "prometheus-postgres-exporter",
    `--web.listen-address=${address}`,
  ],
  prometheus: (address) => [
    "prometheus",
    "--enable-feature=agent",
    "--config.file=/dev/null",
    `--storage.agent.path=${scratchDirectory("exporter")}`,
    `--web.listen-address=${address}`,
  ],
  "victoria-metrics": (address) => [
    "victoria-metrics",
    `-httpListenAddr=${address}`,
    `-storageDataPath=${scratchDirectory("exporter")}`,
  ],
  vmagent: (address) => [
    "vmagent",
    `-httpListenAddr=${address}`,
    "-remoteWrite.url=http://127.0.0.1:9/",
    `-remoteWrite.tmpDataPath=${scratchDirectory("exporter")}`,
  ],
};

/** The pages of those that are installed, and of this project's own program. */
export async function servedPages(): Promise<ServedPage[]> {
  const all: ServedPage[] = [];
  for (const [name, command] of Object.entries(PROGRAMS)) {
    if (!isInstalled(name)) continue;
    const address = `127.0.0.1:${await freePort()}`;
    const program = new Program(command(address));
    const url = `http://${address}/metrics`;
    await program.ready(url);
    for (const accept of ACCEPTS) {
      const answer = await fetch(url, { headers: { accept } });
      const body = new Uint8Array(await answer.arrayBuffer());
      const contentType = answer.headers.get("content-type") ?? "";
      all.push({ name: `${name}, ${accept}`, contentType, body });
    }
    await program.stop("SIGKILL");
  }
  return all;
}
