/** What is said of a family holds for the series that come with it, whatever others say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { MetadataForm, RequestForm, SeriesForm } from "../support/signals.ts";
import { ALL_KINDS, fileOf, holds, kernel, NO_LIMITS, ONE_SHARD, openRequest } from "./support.ts";
import { readWalqV1 } from "./twin/walq_v1.ts";

const V2 = "io.prometheus.write.v2.Request";
const writer = kernel.createWriter();

/** One request: what it says of families, and which of them it has series of. */
interface Said {
  readonly version: "v1" | "v2" | "appended";
  readonly says: Readonly<Record<string, string>>;
  readonly series: readonly string[];
  /** It ends in the middle of a field, so all of it is taken back. */
  readonly isCut: boolean;
}

const said: fc.Arbitrary<Said> = fc.record({
  version: fc.constantFrom("v1", "v2", "appended"),
  says: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2", "3")),
  series: fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 }),
  isCut: fc.boolean(),
});

/** The series are numbered over all requests, so that each is known again. */
function requestOf({ version, says, series }: Said, first: number): Uint8Array {
  const entryOf = (family: string): MetadataForm | undefined =>
    says[family] === undefined ? undefined : { family, type: 2, help: says[family], unit: "" };
  const forms = series.map((family, index): SeriesForm => {
    const metadata = version === "v2" ? entryOf(family) : undefined;
    return {
      labels: [["__name__", family], ["n", String(first + index)]],
      signals: [{ kind: "sample", timestampMs: 1_700_000_000_000n, startMs: 0n, bits: 0n }],
      ...metadata && { metadata },
    };
  });
  const entries = Object.keys(says).map((family) => entryOf(family)!);
  const form: RequestForm = { series: forms, metadata: version === "v2" ? [] : entries };
  return encodeRequest(form, version);
}

const MESSAGES = { v1: "prometheus.WriteRequest", v2: V2, appended: "appended" } as const;

/** Adds all requests. Returns what each series has to be sent with. */
function add(requests: readonly Said[]): Map<string, string> {
  const wanted = new Map<string, string>();
  const inForce = new Map<string, string>();
  const first = new Map<string, string>();
  let number = 0;
  for (const request of requests) {
    const body = requestOf(request, number);
    const options = { ...NO_LIMITS, message: MESSAGES[request.version] };
    if (request.isCut) {
      assert.throws(() => writer.addRequest(body.slice(0, -1), options), WalqError);
      continue;
    }
    writer.addRequest(body, options);
    // By 1.0 metadata comes with all of a request, by 2.0 with each series.
    const isByEach = request.version === "v2";
    const say = (family: string): void => {
      const help = request.says[family];
      if (help === undefined) return;
      inForce.set(family, help);
      if (!first.has(family)) first.set(family, help);
    };
    if (!isByEach) Object.keys(request.says).forEach(say);
    for (const family of request.series) {
      if (isByEach) say(family);
      wanted.set(String(number++), inForce.get(family) ?? `first of ${family}`);
    }
  }
  // Before anything is said of a family, what is said first counts.
  for (const [series, help] of wanted) {
    const family = /^first of (.)$/.exec(help)?.[1];
    if (family !== undefined) wanted.set(series, first.get(family) ?? "");
  }
  return wanted;
}

/** What each series of a file is sent with by 2.0. */
function sent(data: Uint8Array): Map<string, string> {
  const reader = kernel.createReader({ ...ONE_SHARD, message: V2, sends: ALL_KINDS });
  reader.load({ format: "walq.metrics.v1", compression: "none", data, checksum: undefined });
  const { fullShard } = reader.route(-Infinity);
  assert.equal(fullShard, -1);
  const { series } = decodeRequest(openRequest(reader.take(0)), "v2");
  return new Map(series.map(({ labels, metadata }) => [labels[1]![1], metadata?.help ?? ""]));
}

test("each series is sent with what was said with it", () => {
  holds(
    fc.property(fc.array(said, { minLength: 1, maxLength: 8 }), (requests) => {
      const wanted = add(requests);
      if (wanted.size === 0) return;
      const got = sent(fileOf(writer.encode()));
      const sorted = (all: Map<string, string>): [string, string][] =>
        [...all].sort(([a], [b]) => Number(a) - Number(b));
      assert.deepEqual(sorted(got), sorted(wanted));
    }),
    10,
  );
});

/** Two targets that say different things, scraped two times each. */
const TWO: readonly Said[] = ["1", "2", "1", "2"].map((help) => ({
  version: "appended",
  says: { a: help },
  series: ["a", "a"],
  isCut: false,
}));

test("a batch has each entry once, and where it counts again", () => {
  add(TWO);
  const { metadata, switches } = readWalqV1(fileOf(writer.encode()));
  assert.deepEqual(metadata.map(({ help }) => help), ["1", "2"]);
  assert.deepEqual(switches, [{ row: 2, entry: 1 }, { row: 4, entry: 0 }, { row: 6, entry: 1 }]);
  // Nothing of it is in the next batch, nor where all say the same.
  add([TWO[0]!, TWO[0]!]);
  assert.deepEqual(readWalqV1(fileOf(writer.encode())).switches, []);
});

test("switches that lead to no row, or to no entry, are refused, and the next file is read", () => {
  add(TWO);
  const data = fileOf(writer.encode());
  const at = data.length - 6;
  assert.deepEqual([...data.slice(at - 2)], [128, 6, 2, 1, 2, 0, 2, 1]);
  const wanted = [...sent(data)];
  for (const [place, byte] of [[0, 9], [2, 7], [1, 2], [5, 0x80], [0, 0xff]] as const) {
    const broken = data.slice();
    broken[at + place] = byte;
    assert.throws(() => sent(broken), WalqError, `byte ${place}`);
    assert.deepEqual([...sent(data)], wanted);
  }
  // One that comes twice, or before the others, is odd and does no harm.
  const odd = data.slice();
  odd.set([0, 1, 0, 1, 8, 0], at);
  assert.equal(sent(odd).size, 8);
});
