/** A queue directory that Grafana Alloy left behind is drained: completely, and in order. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import { compress } from "../support/hysnappy.ts";
import { KeepingEndpoint } from "./support/endpoint.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { untilReached } from "./support/until.ts";
import { dataPathOf, RUNTIMES, WalqProgram, writeConfig } from "./support/walq.ts";

/** Written by the Go implementation: 1,000 series of 10 labels, timestamps and values 0. */
const FIXTURE = readFileSync("test/fixtures/alloy-v1-seriesgroup.bin");
const SERIES = 1_000;
const FILES = 5;
/** Not the first: Alloy has sent and deleted those before it. */
const FIRST_ID = 98;

interface SeriesGroup {
  readonly Strings: readonly Uint8Array[];
  readonly Series: readonly {
    readonly LabelsNames: readonly number[];
    readonly LabelsValues: readonly number[];
    TS: number;
    Value: number;
  }[];
}

describe("a queue directory of Alloy", () => {
  for (const runtime of RUNTIMES) {
    it(`is drained under ${runtime}`, async () => {
      const endpoint = await KeepingEndpoint.open();
      endpoint.comeUp();
      const directory = scratchDirectory("alloy");
      const wal = join(dataPathOf(directory), "peer", "wal");
      mkdirSync(wal, { recursive: true });
      const firstMs = Date.now() - FILES * 1000;
      const expected = writeFiles(wal, firstMs);

      const config = await writeConfig({ directory, url: endpoint.url });
      const walq = await WalqProgram.start(runtime, config);
      await untilReached("all is sent", FILES * SERIES, () => endpoint.arrived.length);
      await untilReached("the files are deleted", 0, () => -readdirSync(wal).length);
      const dropped = await walq.metric('walq_dropped_signals_total\\{[^}]*reason="ttl"[^}]*\\}');
      const exit = await walq.program.stop("SIGTERM");
      assert.equal(exit.code, 0, walq.program.describe());
      await endpoint.close();

      assertAllInOrder(endpoint, expected, firstMs);
      // The last file is as Go wrote it: its samples of 1970 are over the TTL.
      assert.equal(dropped, SERIES);
    });
  }
});

/** Writes the fixture as files of five moments, and once as it is; returns each series' labels. */
function writeFiles(wal: string, firstMs: number): Record<string, string>[] {
  const group = decode(FIXTURE) as SeriesGroup;
  assert.equal(group.Series.length, SERIES);
  for (let file = 0; file < FILES; file++) {
    for (const [index, series] of group.Series.entries()) {
      series.TS = firstMs + file * 1000;
      series.Value = valueOf(index, file);
    }
    writeRecord(join(wal, `${FIRST_ID + file}.committed`), encode(group), group.Strings.length);
  }
  writeRecord(join(wal, `${FIRST_ID + FILES}.committed`), FIXTURE, group.Strings.length);
  return group.Series.map(({ LabelsNames, LabelsValues }) =>
    Object.fromEntries(
      LabelsNames.map((name, at) => [text(group, name), text(group, LabelsValues[at]!)])
        // A label without a value counts as absent, and is never on the wire.
        .filter(([, value]) => value !== ""),
    )
  );
}

function writeRecord(path: string, data: Uint8Array, strings: number): void {
  const meta = {
    version: "alloy.metrics.queue.v1",
    compression: "snappy",
    series_count: String(SERIES),
    meta_count: "0",
    strings_count: String(strings),
  };
  writeFileSync(path, encode({ Meta: meta, Data: compress(data) }));
}

function text(group: SeriesGroup, index: number): string {
  return new TextDecoder().decode(group.Strings[index]);
}

/** Never whole: MessagePack for JavaScript would write an integer where Go writes a float. */
function valueOf(index: number, file: number): number {
  return index * 10 + file + 0.5;
}

function assertAllInOrder(
  endpoint: KeepingEndpoint,
  expected: readonly Record<string, string>[],
  firstMs: number,
): void {
  assert.equal(endpoint.arrived.length, FILES * SERIES);
  const nextFile = new Array<number>(SERIES).fill(0);
  for (const { labels, timestampMs, value } of endpoint.arrived) {
    const index = Math.floor(value / 10);
    const file = nextFile[index]!++;
    assert.equal(value, valueOf(index, file), `series ${index}`);
    assert.equal(timestampMs, firstMs + file * 1000);
    assert.deepEqual(labels, expected[index]);
  }
}
