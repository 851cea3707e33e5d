/**
 * 300 random rules for labels, side by side: one file's `remote_write` for a real
 * Prometheus and for walq, one request of random series for both, and what arrives is
 * equal, label for label.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { missing } from "./support/installed.ts";
import { Program } from "./support/program.ts";
import { LabelsEndpoint } from "./support/labels_endpoint.ts";
import { buildReceiver } from "./support/receiver.ts";
import { type Dialect, RandomRules, type Rule } from "./support/relabel_rules.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { until } from "./support/until.ts";
import { metricSum, WalqProgram } from "./support/walq.ts";
import { RequestTemplate } from "./support/write_request.ts";

const LISTS = 100;
const RULES_A_LIST = 3;
const SERIES = 300;
/** Printed when something differs; WALQ_PEERS_SEED sets another one. */
const SEED = Number(process.env["WALQ_PEERS_SEED"] ?? "20261128");

const receiver = buildReceiver();

describe("relabeling", () => {
  it(
    "is that of Debian's Prometheus 2.42",
    { skip: missing("prometheus") },
    () => compare("2.42", startDebian),
  );

  it(
    "is that of Prometheus 3.16",
    { skip: receiver.skip },
    () => compare("3", startNewest),
  );
});

/** A program that takes remote write and forwards it by a file. */
interface Peer {
  readonly program: Program;
  readonly origin: string;
}

async function compare(
  dialect: Dialect,
  start: (directory: string, config: string) => Promise<Peer>,
): Promise<void> {
  const random = new RandomRules(SEED, dialect);
  const template = new RequestTemplate(
    Array.from({ length: SERIES }, (_, id) => random.series(id)),
  );
  const lists = Array.from(
    { length: LISTS },
    (_, list) =>
      Array.from({ length: RULES_A_LIST }, (_, i) => random.rule(list * RULES_A_LIST + i)),
  );
  const directory = scratchDirectory("relabel");
  const endpoint = await LabelsEndpoint.open();
  const peerConfig = join(directory, "prometheus.yml");
  writeFileSync(peerConfig, fileOf(`${endpoint.origin}/peer`, lists));
  const walqConfig = join(directory, "walq.yaml");
  const scheme = dialect === "3" ? "utf8" : "legacy";
  writeFileSync(
    walqConfig,
    `server: { listen: 127.0.0.1:${await freePort()} }\n` +
      `queue: { data_path: ${join(directory, "data")} }\n` +
      fileOf(`${endpoint.origin}/walq`, lists, `metric_name_validation_scheme: ${scheme}, `),
  );
  const peer = await start(directory, peerConfig);
  const walq = await WalqProgram.start("node", walqConfig);
  const body = template.fill(Date.now(), (row) => row);
  for (const { origin, program } of [peer, walq]) {
    const sender = new Sender(`${origin}/api/v1/write`);
    const { status, text } = await sender.send(body);
    sender.close();
    assert.ok(status < 300, `${status} ${text} ${program.describe()}`);
  }
  await untilThrough(peer, "prometheus_remote_storage_samples_dropped_total");
  await untilThrough(walq, "walq_dropped_signals_total");
  await walq.program.stop();
  await peer.program.stop();
  await endpoint.close();

  let arrived = 0;
  for (const [list, rules] of lists.entries()) {
    const what = `seed ${SEED}, list ${list}: ${JSON.stringify(rules)}`;
    const wanted = endpoint.arrived(`/peer/${list}`);
    assert.deepEqual(endpoint.arrived(`/walq/${list}`), wanted, what);
    arrived += wanted.size;
  }
  const share = arrived / (LISTS * SERIES);
  assert.ok(
    share > 0.2 && share < 0.95,
    `${share} of all samples arrived: the rules are too alike`,
  );
}

function fileOf(url: string, lists: readonly (readonly Rule[])[], global = ""): string {
  const entries = lists.map((rules, list) =>
    JSON.stringify({
      url: `${url}/${list}`,
      name: `list-${list}`,
      queue_config: { max_shards: 1, batch_send_deadline: "1s" },
      metadata_config: { send: false },
      write_relabel_configs: rules,
    })
  );
  const labels = JSON.stringify({ cluster: "eu", zone: "external" });
  return `global: { ${global}external_labels: ${labels} }\n` +
    `remote_write:\n${entries.map((entry) => `  - ${entry}\n`).join("")}`;
}

/** Each sample has been sent or dropped, for each list. */
function untilThrough({ origin, program }: Peer, dropped: string): Promise<void> {
  return until(`all samples are through: ${origin}`, async () => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    const count = (name: string) => metricSum(text, name) || 0;
    const through = count("prometheus_remote_storage_samples_total") + count(dropped);
    assert.ok(through <= LISTS * SERIES, `${through} samples of ${LISTS * SERIES}`);
    return through === LISTS * SERIES && count("prometheus_remote_storage_samples_pending") === 0;
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${program.output}`);
  });
}

async function startDebian(directory: string, config: string): Promise<Peer> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = new Program([
    "prometheus",
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, "tsdb")}`,
    "--web.enable-remote-write-receiver",
    `--web.listen-address=${address}`,
    "--log.level=warn",
  ]);
  await program.ready(`http://${address}/-/ready`);
  return { program, origin: `http://${address}` };
}

async function startNewest(directory: string, config: string): Promise<Peer> {
  const address = `127.0.0.1:${await freePort()}`;
  const path = join(directory, "tsdb");
  const program = new Program([
    receiver.path,
    `-listen=${address}`,
    `-path=${path}`,
    `-forward=${config}`,
  ]);
  await program.ready(`http://${address}/ready`);
  return { program, origin: `http://${address}` };
}
