/**
 * The same targets, scraped by a real Prometheus agent and by walq from the same file: every
 * sample, stale marker, label and metadata entry that they send is the same.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Signal } from "../support/signals.ts";
import { missing } from "./support/installed.ts";
import { type PageAnswer, PageServer } from "./support/pages.ts";
import { startAgent } from "./support/prometheus_agent.ts";
import { Program } from "./support/program.ts";
import { buildReceiver } from "./support/receiver.ts";
import { Recorder, type Recording } from "./support/recorder.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { WalqProgram } from "./support/walq.ts";

/** Of a sample with a timestamp of its own: an agent sends nothing that is older than it is. */
const AHEAD_MS = Date.now() + 300_000;
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** A page of text, of many kinds of lines. */
function textPage(step: number): string {
  return `# HELP requests_total Requests, with a \\\\ and a \\n in its help.
# TYPE requests_total counter
requests_total{code="200",path="/a \\"b\\" \\\\ c"} ${1000 + step}
requests_total{code="500",path=""} 0
# a comment
# TYPE temperature gauge
temperature{room="attic"} ${step}.5
temperature{room="cellar"} NaN
temperature{room="lab"} -Inf
temperature{room="sun"} +Inf
temperature{room="tiny"} 4.9e-324
# TYPE latency histogram
latency_bucket{le="0.1"} ${step}
latency_bucket{le="2.5"} ${step + 1}
latency_bucket{le="+Inf"} ${step + 2}
latency_sum 3.25
latency_count ${step + 2}
# TYPE rpc summary
rpc{quantile="0.5"} 4773
rpc_sum 1.7560473e+07
rpc_count 2693
untyped_thing{instance="of the page",job="of the page",exported_job="too"} 3
`;
}

/** What each target answers, scrape after scrape. */
const OLD_PAGES: Pages = {
  steady: [0, 1, 2, 3].map((step) => ({ text: textPage(step) })),
  vanishing: [
    { text: 'a{x="1"} 1\na{x="2"} 2\nb 3\n' },
    { text: 'a{x="2"} 2\nb 3\n' },
    { text: 'a{x="1"} 4\n' },
  ],
  down: [{ text: "c 1\n" }, { status: 503, text: "c 2\n" }, { status: 500, text: "" }, {
    text: "c 4\n",
  }],
  half: [{ text: "d 1\ne 2\n" }, { text: "d 3\ne 4\n", cutAt: 5 }, { text: "d 5\ne 6\n" }],
  empty: [{ text: "f 1\n" }, { text: "" }, { text: "f 2\n" }],
  timed: [{ text: `g 1 ${AHEAD_MS}\nh 2\n` }, { text: "h 3\n" }],
  honored: [{ text: 'i{instance="own",job="",zone="z"} 1\n' }],
  ruled: [{ text: 'j{drop="me"} 1\nj{keep="me"} 2\nk 3\n' }, { text: "k 4\n" }],
  limited: [{ text: "l 1\n" }, { text: "l 2\nm 2\nn 2\n" }, { text: "l 3\n" }],
  large: [{ text: "o 1\n" }, { text: `# ${"x".repeat(2_000)}\no 2\n` }, { text: "o 3\n" }],
  open: [
    { contentType: OPEN_METRICS, text: "# TYPE p counter\np_total 1\n# EOF\n" },
    { contentType: OPEN_METRICS, text: "# TYPE p counter\np_total 2\n" },
    {
      contentType: OPEN_METRICS,
      text: "# TYPE q_seconds gauge\n# UNIT q_seconds seconds\n# HELP q_seconds How long.\n" +
        "q_seconds 3 1\n# TYPE p counter\np_total 3\n# EOF\n",
    },
  ],
};

/** What 2.42 does in another way, or cannot read. */
const NEW_PAGES: Pages = {
  twice: [{ text: "r 1\nr 2\n" }, { text: "r 3\n" }],
  floats: [{
    text: '# TYPE s histogram\ns_bucket{le="1"} 1\ns_bucket{le="+Inf"} 2\ns_sum 1\ns_count 2\n' +
      '# TYPE t summary\nt{quantile="1"} 3\nt_sum 1\nt_count 1\n',
  }],
  utf8: [{ text: '{"u.v","größe"="x"} 1\n' }],
  unnamed: [{ contentType: "", text: "v 1\n" }],
  fallback: [{ contentType: "text/html", text: "w 1\n" }],
  extra: [{ text: "z 1\n" }, { text: "" }, { status: 500, text: "" }],
  ahead: [{ text: `x 1 ${Date.now() + 3_600_000}\ny 1\n` }, { text: "y 2\n" }],
};

/** Further options of the jobs of some targets. */
const JOBS: Readonly<Record<string, object>> = {
  honored: { honor_labels: true },
  ruled: {
    metric_relabel_configs: [
      { source_labels: ["drop"], regex: "me", action: "drop" },
      { source_labels: ["keep"], target_label: "kept" },
    ],
  },
  limited: { sample_limit: 2 },
  large: { body_size_limit: "1KB" },
  timed: { honor_timestamps: true },
  fallback: { fallback_scrape_protocol: "PrometheusText0.0.4" },
  extra: { extra_scrape_metrics: true },
};

/**
 * Of these a page is refused when a part of it was read. Prometheus then forgets the stale
 * markers of what it had read, and may write them at the next scrape; walq writes all of
 * them at once, as both do for every other scrape that fails.
 */
const FAILS_INSIDE: ReadonlySet<string> = new Set(["limited", "open"]);

const SCRAPES = 6;

const receiver = buildReceiver();

describe("scraping", () => {
  it(
    "sends what Debian's Prometheus 2.42 sends",
    { skip: missing("prometheus") },
    () => compare(OLD_PAGES, startAgent),
  );

  it(
    "sends what Prometheus 3.16 sends",
    { skip: receiver.skip },
    () => compare({ ...OLD_PAGES, ...NEW_PAGES }, startNewest),
  );
});

type Pages = Readonly<Record<string, readonly PageAnswer[]>>;

/** A program that scrapes by a file. */
interface Peer {
  readonly program: Program;
}

async function compare(
  all: Pages,
  start: (directory: string, config: string) => Promise<Peer>,
): Promise<void> {
  const directory = scratchDirectory("scrape");
  const pages = await PageServer.open(all);
  const recorder = await Recorder.open();
  const textFor = (who: string): string =>
    fileOf(Object.keys(all), who, pages.address, `${recorder.origin}/${who}`);
  const peerConfig = join(directory, "peer.yml");
  writeFileSync(peerConfig, textFor("peer"));
  const walqConfig = join(directory, "walq.yaml");
  writeFileSync(
    walqConfig,
    `server: { listen: 127.0.0.1:${await freePort()} }\n` +
      `queue: { data_path: ${join(directory, "data")} }\n${textFor("walq")}`,
  );
  const peer = await start(directory, peerConfig);
  const walq = await WalqProgram.start("node", walqConfig);
  for (const who of ["peer", "walq"]) {
    const recording = recorder.at(`/${who}`);
    await until(
      `${who} has sent ${SCRAPES} scrapes of each target`,
      () => Object.keys(all).every((name) => upsOf(recording, name).length > SCRAPES),
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${peer.program.output}\n${walq.program.output}`);
    });
  }
  await walq.program.stop();
  await peer.program.stop();
  await recorder.close();
  await pages.close();
  const sent = (who: string): string[] =>
    Object.keys(all).flatMap((name) => linesOf(recorder.at(`/${who}`), name));
  const [wanted, got] = [sent("peer"), sent("walq")];
  assert.ok(wanted.length > 200, `${wanted.length} samples`);
  assert.deepEqual({ missing: without(wanted, got), added: without(got, wanted) }, {
    missing: [],
    added: [],
  });
  const metadata = metadataOf(recorder.at("/peer"));
  // What of Prometheus sends it by 1.0 is not in the newest peer.
  if (metadata.length > 0) assert.deepEqual(metadataOf(recorder.at("/walq")), metadata);
}

/** Prometheus's scraping, storage and remote write. */
async function startNewest(directory: string, config: string): Promise<Peer> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = new Program([
    receiver.path,
    `-listen=${address}`,
    `-path=${join(directory, "tsdb")}`,
    `-forward=${config}`,
    "-scrape",
  ]);
  await program.ready(`http://${address}/ready`);
  return { program };
}

function fileOf(names: readonly string[], who: string, target: string, url: string): string {
  const jobs = names.map((name) =>
    `  - ${
      JSON.stringify({
        job_name: name,
        scrape_interval: "1s",
        scrape_timeout: "1s",
        metrics_path: `/${who}/${name}`,
        static_configs: [{ targets: [target], labels: { zone: "of the target" } }],
        ...JOBS[name],
      })
    }\n`
  );
  const remote = {
    url,
    name: "recorder",
    queue_config: { max_shards: 1, batch_send_deadline: "200ms" },
    metadata_config: { send: true, send_interval: "1s" },
  };
  return `global: { external_labels: { cluster: eu } }\n` +
    `scrape_configs:\n${jobs.join("")}remote_write:\n  - ${JSON.stringify(remote)}\n`;
}

/** When a target was scraped. */
function upsOf({ signals }: Recording, job: string): readonly Signal[] {
  for (const [key, own] of signals) {
    if (key.startsWith('__name__="up",') && key.includes(`job="${job}"`)) return own;
  }
  return [];
}

/** The samples of a target's first scrapes, a line each: of which of them, of which series, and its bits. */
function linesOf(recording: Recording, job: string): string[] {
  const times = upsOf(recording, job).map(({ timestampMs }) => timestampMs);
  const lines: string[] = [];
  for (const [key, own] of recording.signals) {
    if (!isOf(key, job)) continue;
    if (key.startsWith('__name__="scrape_duration_seconds"')) continue;
    for (const signal of own) {
      assert.equal(signal.kind, "sample");
      if (signal.kind !== "sample") continue;
      const scrape = times.indexOf(signal.timestampMs);
      const isAhead = signal.timestampMs === BigInt(AHEAD_MS);
      // The last scrapes may have been sent in part.
      if (scrape >= SCRAPES || (scrape < 0 && !isAhead)) continue;
      if (FAILS_INSIDE.has(job) && !key.startsWith('__name__="up"')) continue;
      const when = isAhead ? "ahead" : `scrape ${scrape}`;
      lines.push(`${when} ${key.replace(/instance="127[^"]*"/, "instance")} ${signal.bits}`);
    }
  }
  return lines.sort();
}

/** Series of targets whose labels are not honored have their job. */
function isOf(key: string, job: string): boolean {
  return key.includes(`job="${job}"`) || (job === "honored" && key.includes('__name__="i"'));
}

/** Those lines that are not among others. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

function metadataOf({ metadata }: Recording): unknown[] {
  return [...metadata.values()].sort((a, b) => a.family < b.family ? -1 : 1);
}
