import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type {
  BatchFormat,
  BatchReader,
  ReaderOptions,
  RequestMessage,
  RoutedDrops,
} from "../../src/contracts.ts";
import type { Labels, ProtobufMessage } from "../../src/types.ts";
import { decodeRequest, encodeRequest, type Version } from "../support/remote_write.ts";
import type { MetadataForm, RequestForm, SeriesForm } from "../support/signals.ts";
import {
  ALLOY_RULES,
  holds,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "../kernel/support.ts";
import { content } from "./arbitraries.ts";
import {
  afterFormat,
  afterInput,
  afterLabels,
  afterV1,
  carried,
  contentOf,
  isCustom,
  show,
  withMetadata,
} from "./expected.ts";

const MESSAGES: Record<Version, RequestMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
  appended: "appended",
};

const OUTPUTS: Record<"v1" | "v2", ProtobufMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
};

type Drops = RoutedDrops & { expired: number; known: number; startsOmitted: number };

interface Sent {
  readonly requests: RequestForm[];
  readonly signals: number;
  readonly drops: Drops;
}

const NO_DROPS: Drops = {
  filtered: 0,
  nhcb_in_rw1_not_supported: 0,
  exemplar_without_sample: 0,
  metadata_without_series: 0,
  unsupported: 0,
  dropped_series: 0,
  relabeled_too_large: 0,
  expired: 0,
  known: 0,
  startsOmitted: 0,
};

/** Routes the batch at hand, takes all requests and decodes them. */
function send(reader: BatchReader, options: ReaderOptions, output: "v1" | "v2"): Sent {
  const requests: RequestForm[] = [];
  const drops = { ...NO_DROPS };
  let signals = 0;
  const take = (shard: number): void => {
    const body = reader.take(shard);
    signals += body.signals;
    const form = decodeRequest(openRequest(body), output);
    const { samples, histograms, exemplars, metadata } = body.kinds;
    assert.equal(samples + histograms + exemplars + metadata, body.signals);
    const all = form.series.flatMap((one) => one.signals);
    assert.equal(all.filter(({ kind }) => kind === "sample").length, samples);
    assert.equal(all.filter(({ kind }) => kind === "histogram").length, histograms);
    assert.equal(all.filter(({ kind }) => kind === "exemplar").length, exemplars);
    requests.push(form);
  };
  for (;;) {
    const routed = reader.route(-Infinity);
    drops.expired += routed.expired;
    drops.known += routed.known;
    drops.startsOmitted += routed.startsOmitted;
    for (const reason of Object.keys(routed.dropped) as (keyof RoutedDrops)[]) {
      drops[reason] += routed.dropped[reason];
    }
    if (routed.fullShard < 0) break;
    take(routed.fullShard);
  }
  for (let shard = 0; shard < options.shards; shard++) {
    if (reader.openSignals(shard) > 0) take(shard);
  }
  return { requests, signals, drops };
}

const WRITERS = {
  "walq.metrics.v1": kernel.createWriter(),
  "alloy.metrics.queue.v1": kernel.createWriter({ rules: ALLOY_RULES }),
} as const;
const readers = new Map<string, { reader: BatchReader; options: ReaderOptions }>();

function readerFor({ output, shards, requestSignalsMax, externalLabels }: Way) {
  const key = `${output} ${shards} ${requestSignalsMax} ${show(externalLabels)}`;
  let made = readers.get(key);
  if (made === undefined) {
    const options = {
      ...ONE_SHARD,
      shards,
      requestSignalsMax,
      externalLabels,
      message: OUTPUTS[output],
    };
    made = { reader: kernel.createReader(options), options };
    readers.set(key, made);
  }
  return made;
}

interface Way {
  readonly input: Version;
  readonly format: BatchFormat;
  readonly output: "v1" | "v2";
  readonly shards: number;
  readonly requestSignalsMax: number;
  readonly externalLabels: Labels;
}

const way: fc.Arbitrary<Way> = fc.record({
  input: fc.constantFrom<Version>("v1", "v2", "appended"),
  format: fc.constantFrom("walq.metrics.v1", "walq.metrics.v1", "alloy.metrics.queue.v1"),
  output: fc.constantFrom("v1", "v2"),
  shards: fc.constantFrom(1, 4),
  requestSignalsMax: fc.constantFrom(1, 3, 1000),
  externalLabels: fc.constantFrom<Labels>(
    {},
    { job: "outer", région: "x", zz: "last" },
    { __replica__: "outer", __a: "outer", __tenant__: "t" },
  ),
});

function check(series: SeriesForm[], metadata: MetadataForm[], way: Way): void {
  const { input, format, output } = way;
  const writer = WRITERS[format];
  const given = input === "v2" ? withMetadata(series, metadata) : series;
  const body = encodeRequest({ series: given, metadata }, input);
  const added = writer.addRequest(body, { ...NO_LIMITS, message: MESSAGES[input] });
  const inFile = afterFormat(afterInput(series, input), format);
  const { unsupported } = inFile;
  const kept = afterLabels(inFile.kept, way.externalLabels);
  assert.deepEqual(
    [added.invalid, added.expired, added.unsupported],
    [0, 0, unsupported],
    added.firstInvalid ?? "",
  );
  if (added.accepted === 0) return;
  const { reader, options } = readerFor(way);
  const batch = writer.encode();
  assert.equal(reader.load(batch).signals, added.accepted);
  const sent = send(reader, options, output);
  const { drops } = sent;
  // A start timestamp is no signal.
  const lost = Object.values({ ...drops, startsOmitted: 0 });
  const outcomes = lost.reduce((sum, one) => sum + one, sent.signals);
  assert.equal(outcomes, added.accepted, show(drops));

  const all = kept.flatMap(({ signals }) => signals);
  if (output === "v1") {
    const entries = input === "v2"
      ? [...new Set(given.flatMap((one) => one.metadata ? [show(one.metadata)] : []))].sort()
      : metadata.map(show).sort();
    const wanted = contentOf([{ series: afterV1(kept), metadata: [] }]);
    assert.deepEqual(contentOf(sent.requests), { ...wanted, metadata: entries });
    const customs = all.filter(isCustom).length;
    const starts = all.filter((one) =>
      one.kind !== "exemplar" && !isCustom(one) && one.startMs !== 0n
    ).length;
    assert.deepEqual(drops, {
      ...NO_DROPS,
      nhcb_in_rw1_not_supported: customs,
      startsOmitted: starts,
    });
    return;
  }
  const wanted = contentOf([{ series: kept, metadata: [] }]);
  assert.deepEqual(contentOf(sent.requests), wanted);
  assert.deepEqual({ ...drops, metadata_without_series: 0 }, NO_DROPS);
  assert.equal(
    sent.requests.every(({ series }) => series.every(({ labels }) => labels.length > 0)),
    true,
  );
  checkCarried(sent, added.kinds.metadata, kept, metadata);
}

/** Metadata that a series could carry is on one; the rest was counted. */
function checkCarried(
  { requests, drops }: Sent,
  entries: number,
  series: readonly SeriesForm[],
  metadata: readonly MetadataForm[],
): void {
  const names = new Set(
    series.filter(({ signals }) => signals.length > 0).map(({ labels }) =>
      labels.find(([name]) => name === "__name__")![1]
    ),
  );
  const found = carried(requests);
  for (const entry of metadata) {
    if (!names.has(entry.family) || entry.type + entry.help.length + entry.unit.length === 0) {
      continue;
    }
    assert.ok(found.includes(show(entry)), `${show(entry)} was not carried`);
  }
  assert.ok(drops.metadata_without_series <= entries);
}

test("signals of every kind come out as they went in, whatever the version in and out", () => {
  holds(
    fc.property(content, way, ({ series, metadata }, way) => check(series, metadata, way)),
    6,
  );
});
