import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program } from "../support/program.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** How an output writes. */
export type Way =
  | "influxdb"
  | "influxdb, without gzip"
  | "influxdb_v2"
  | "http, prometheusremotewrite"
  | "http, prometheus";

// Of several samples of a series in one batch these formats write the newest alone.
const ONE_BY_ONE = "metric_batch_size = 1";
const REMOTE_WRITE = `    [outputs.http.headers]
      Content-Type = "application/x-protobuf"
      Content-Encoding = "snappy"
      X-Prometheus-Remote-Write-Version = "0.1.0"`;

/** Lines of an output that writes to an origin. */
const OUTPUTS: Readonly<Record<Way, (origin: string) => readonly string[]>> = {
  "influxdb": (origin: string) => ["influxdb", `urls = ["${origin}"]`],
  "influxdb, without gzip": (origin: string) => [
    "influxdb",
    `urls = ["${origin}"]`,
    'content_encoding = "identity"',
    "influx_uint_support = true",
  ],
  "influxdb_v2": (origin: string) => [
    "influxdb_v2",
    `urls = ["${origin}"]`,
    'token = "t"',
    'organization = "o"',
    'bucket = "b"',
  ],
  "http, prometheusremotewrite": (origin: string) => [
    "http",
    `url = "${origin}/api/v1/write"`,
    'data_format = "prometheusremotewrite"',
    ONE_BY_ONE,
    REMOTE_WRITE,
  ],
  "http, prometheus": (origin: string) => [
    "http",
    `url = "${origin}/api/v1/import/prometheus"`,
    'data_format = "prometheus"',
    ONE_BY_ONE,
    "prometheus_export_timestamp = true",
    'content_encoding = "gzip"',
  ],
};

export const WAYS: readonly Way[] = Object.keys(OUTPUTS) as Way[];

/** Fields of every type, names and values that have to be escaped, and the timestamp of each line. */
const LINES = [
  'odd\\ name,tag\\ with\\,comma=a\\=b,größe=\\"L\\" f=1.5,i=12i,u=7u,t=true,n=F,s="a \\"b\\", c=1"',
  "odd\\ name,empty=e f=-1e300,i=-9007199254740993i",
  "9digits:colon,host=other.name value=0.1",
];

/** Telegraf's agent with what it measures of this machine, and lines of a file. */
export class Telegraf {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Each output of `outputs` is a way and where it writes to. */
  static start(path: string, outputs: readonly (readonly [way: Way, origin: string])[]): Telegraf {
    const directory = scratchDirectory("telegraf");
    const lines = join(directory, "lines");
    writeFileSync(lines, LINES.join("\n") + "\n");
    const config = join(directory, "telegraf.conf");
    const text = [
      "[agent]",
      '  interval = "1s"',
      '  flush_interval = "1s"',
      "  skip_processors_after_aggregators = true",
      "[[inputs.cpu]]",
      "[[inputs.mem]]",
      "[[inputs.disk]]",
      "[[inputs.system]]",
      "[[inputs.file]]",
      `  files = ["${lines}"]`,
      '  data_format = "influx"',
      ...outputs.flatMap(([way, origin]) => {
        const [name = "", ...rest] = OUTPUTS[way](origin);
        return [`[[outputs.${name}]]`, ...rest.map((line) => `  ${line}`)];
      }),
    ];
    writeFileSync(config, text.join("\n") + "\n");
    return new Telegraf(new Program([path, config]));
  }

  /** What it complains of. */
  get complaints(): string[] {
    // Fields that are strings cannot be samples: it leaves them out itself, and says so.
    // A machine that is busy is late.
    const isExpected = /some series were dropped|did not complete within its/;
    return this.program.output.split("\n").filter((line) =>
      / [EW]! /.test(line) && !isExpected.test(line)
    );
  }

  /** It writes what it has, and ends. */
  async stop(): Promise<void> {
    const { code } = await this.program.stop("SIGINT");
    assert.equal(code, 0, this.program.describe());
  }
}
