/** The readers of what is pushed as text: lines of Influx, pages of pushes, and paths of groups. */
import type { PageParser } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { decompressSnappyFrames } from "../../src/kernel/snappy_frames.ts";
import { groupingOf } from "../../src/receive/push/grouping.ts";
import { readLines } from "../../src/receive/push/influx_lines.ts";
import { precisionOf } from "../../src/receive/push/influx_value.ts";
import { PageIntake } from "../../src/receive/push/page_intake.ts";
import type { PushQueue } from "../../src/receive/push/protocol.ts";
import { encodePage, pairsOf } from "../support/metric_family.ts";
import { framed } from "../support/snappy_frames.ts";
import type { Target } from "./targets.ts";

const encoder = new TextEncoder();
const kernel = await loadKernel();
const writer = kernel.createWriter();
const nowMs = 1_700_000_000_000;

/** What is made is what the queue takes: a request that it could not read would be ours. */
function taken(request: Uint8Array): string {
  const { accepted, kinds, invalid, expired } = writer.addRequest(request, {
    message: "appended",
    compression: "none",
    uncompressedBytesMax: 1 << 26,
    cutoffMs: -Infinity,
    latestMs: Infinity,
  });
  if (accepted > 0) writer.encode();
  // An exemplar that came before does not come again.
  return `${kinds.samples} ${kinds.histograms} ${invalid} ${expired}`;
}

const LINES = [
  "weather,location=us-midwest,season=summer temperature=82,humidity=71.5 1465839830100400200\n",
  String.raw`my\ mea\,sure,tag\ k=va\=lue a=1i,b=t,c="s\"tr, ing",d=12u,e=-1.5e-3` +
  "\n# comment\n\nb v=F 12\r\n",
];

const linesTarget: Target = {
  name: "pushed lines of Influx",
  corpus: LINES.map((text) => encoder.encode(text)),
  feed: (bytes) => {
    const rules = {
      precision: precisionOf("")!,
      nowMs,
      labels: new Map([["extra", "1"]]),
      defaults: new Map([["db", "telegraf"]]),
    };
    const read = readLines(bytes, rules);
    const counts = taken(read.bytes);
    // A body of which nothing is right is refused.
    if (read.wrongLines > 0) throw new WalqError("INVALID_REQUEST", read.firstWrong!);
    return `${read.lines} ${read.strings} ${counts}`;
  },
};

function pageTarget(
  name: string,
  protocol: "PrometheusText0.0.4" | "OpenMetricsText1.0.0" | "PrometheusProto",
  corpus: readonly Uint8Array[],
  isGroup: boolean,
): Target {
  const intake = new PageIntake();
  let parser: PageParser = kernel.createPageParser();
  let fed = 0;
  const queue: PushQueue = {
    unpackBody: (bytes) => bytes,
    writeAppended: () => Promise.reject(new Error("nothing is written")),
    get pages() {
      return parser;
    },
  };
  return {
    name,
    corpus,
    feed: (bytes) => {
      const rules = {
        protocol,
        scrapedMs: nowMs,
        honorTimestamps: !isGroup,
        refusesTimestamps: isGroup,
      };
      const labels = new Map([["job", "some job"], ["a", isGroup ? "" : "b"]]);
      // Some are refused by the disk.
      const isKept = ++fed % 3 !== 0;
      if (fed % 100_000 === 0) parser = kernel.createPageParser();
      const made = intake.read(bytes, { rules, labels, refusesDuplicates: isGroup }, queue);
      const counts = taken(made.bytes);
      made.end?.(isKept);
      return counts;
    },
  };
}

const TEXT = [
  '# HELP a help\n# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 2\na_sum 1.5e3\na_count 2\n',
  'x 0.30000000000000004\ny{ a = "b" , } -Inf\nz{job="own"} 1\n',
];
const TIMED = ["a 1 1700000000000\na 2 1700000000001\n", 'b{a="c"} 3 5\nb{a="d"} 3 5\n'];
const OPEN = ['# TYPE a counter\n# UNIT a_s s\na_total{b="c"} 1 2.5 # {id="x"} 3 4\n# EOF\n'];
const PROTOBUF = [encodePage(
  { name: "a", help: "b", type: "GAUGE", metric: [{ gauge: { value: 1 } }] },
  { name: "c", type: "COUNTER", metric: [{ label: pairsOf({ job: "d" }), counter: { value: 1 } }] },
  {
    name: "s",
    type: "SUMMARY",
    metric: [{ summary: { quantile: [{ quantile: 0.5, value: 2 }] } }],
  },
)];

const groupsTarget: Target = {
  name: "paths of groups",
  corpus: [
    "/metrics/job/some_job/instance/some%20instance",
    "/metrics/job@base64/Zm9v/path@base64/L3Zhci90bXA=/x@base64/=",
  ].map((path) => encoder.encode(path)),
  feed: (bytes) => {
    const path = String.fromCharCode(...bytes);
    return JSON.stringify([...groupingOf(path)]);
  },
};

const framesTarget: Target = {
  name: "pushed frames of snappy",
  corpus: [TEXT[0]!, "a".repeat(300) + TEXT[1]!].map((text) => framed(encoder.encode(text))),
  feed: (bytes) => {
    const plain = decompressSnappyFrames(bytes, 100_000);
    return `${plain.length} ${plain.subarray(0, 1000).join()}`;
  },
};

/** All of them. */
export function pushesTargets(): Target[] {
  const encode = (pages: readonly string[]): Uint8Array[] =>
    pages.map((page) => encoder.encode(page));
  return [
    linesTarget,
    pageTarget("pushed text", "PrometheusText0.0.4", encode([...TEXT, ...TIMED]), false),
    pageTarget("pushed OpenMetrics", "OpenMetricsText1.0.0", encode(OPEN), false),
    pageTarget("pushed groups in text", "PrometheusText0.0.4", encode(TEXT), true),
    pageTarget("pushed groups in protobuf", "PrometheusProto", PROTOBUF, true),
    groupsTarget,
    framesTarget,
  ];
}
