/** Sealed requests of both versions are parted in halves: nothing is lost, doubled, moved or changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RequestBody } from "../../src/contracts.ts";
import { NOTHING_WRITTEN } from "../../src/network/written.ts";
import type { SignalCounts } from "../../src/types.ts";
import {
  drain,
  halvesOf,
  holds,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "../kernel/support.ts";
import { splitForm } from "../kernel/twin/split.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import { fieldsOf } from "../support/remote_write_v1.ts";
import type { RequestForm } from "../support/signals.ts";
import { content } from "./arbitraries.ts";
import { contentOf, show } from "./expected.ts";

type Sent = "v1" | "v2";

const writer = kernel.createWriter();
const READERS = {
  v1: kernel.createReader({ ...ONE_SHARD, message: "prometheus.WriteRequest" }),
  v2: kernel.createReader({ ...ONE_SHARD, message: "io.prometheus.write.v2.Request" }),
} as const;

/** What was accepted, as one sealed request. */
function sealed(form: RequestForm, version: Sent): RequestBody | undefined {
  const added = writer.addRequest(encodeRequest(form, "appended"), {
    ...NO_LIMITS,
    message: "appended",
  });
  if (added.accepted === 0) return undefined;
  const reader = READERS[version];
  reader.load(writer.encode());
  drain(reader);
  return reader.openSignals(0) > 0 ? reader.take(0) : undefined;
}

/** Whether, for each series of a request of 2.0, the metadata on it is a signal, which leads. */
function leadsOf(bytes: Uint8Array, version: Sent): boolean[] {
  if (version === "v1") return [];
  const series = fieldsOf(bytes).filter(({ tag }) => tag === 0x2a);
  return series.map(({ bytes }) => fieldsOf(bytes)[0]?.tag === 0x2a);
}

function formOf(body: RequestBody, version: Sent): RequestForm {
  return decodeRequest(openRequest(body), version);
}

/** What the head of a request says of it is what is in it. */
function checkHead(body: RequestBody, version: Sent): void {
  const bytes = openRequest(body);
  const { series, metadata } = decodeRequest(bytes, version);
  const all = series.flatMap(({ signals }) => signals);
  const of = (kind: string): number => all.filter((signal) => signal.kind === kind).length;
  const leads = leadsOf(bytes, version).filter((leads) => leads).length;
  assert.deepEqual(body.kinds, {
    samples: of("sample"),
    histograms: of("histogram"),
    exemplars: of("exemplar"),
    metadata: metadata.length + leads,
  });
  assert.equal(body.signals, all.length + metadata.length + leads);
  const times = all
    .filter(({ kind, timestampMs }) => kind !== "exemplar" || timestampMs !== 0n)
    .map(({ timestampMs }) => Number(timestampMs));
  if (times.length === 0) return;
  assert.equal(body.oldestMs, Math.min(...times));
  assert.equal(body.newestMs, Math.max(...times));
}

/** Parts a request until nothing can be parted; the leaves, in order. */
function partAll(body: RequestBody, version: Sent): RequestBody[] {
  const form = formOf(body, version);
  const wanted = splitForm(form, leadsOf(openRequest(body), version), version);
  const halves = halvesOf(READERS[version], body);
  assert.equal(halves === undefined, wanted === undefined);
  if (halves === undefined || wanted === undefined) return [body];
  return halves.flatMap((half, index) => {
    assert.equal(half.number, body.number);
    checkHead(half, version);
    const got = formOf(half, version);
    assert.deepEqual(got.series.map(show), wanted[index]!.series.map(show));
    assert.deepEqual(got.metadata.map(show), wanted[index]!.metadata.map(show));
    return partAll(half, version);
  });
}

function addUp(bodies: readonly RequestBody[]): SignalCounts {
  return bodies.reduce((sum, { kinds }) => ({
    samples: sum.samples + kinds.samples,
    histograms: sum.histograms + kinds.histograms,
    exemplars: sum.exemplars + kinds.exemplars,
    metadata: sum.metadata + kinds.metadata,
  }), NOTHING_WRITTEN);
}

test("halves are what the twin says, down to what cannot be parted, and nothing is lost", () => {
  holds(
    fc.property(content, fc.constantFrom<Sent>("v1", "v2"), (form, version) => {
      const body = sealed(form, version);
      if (body === undefined) return;
      const leaves = partAll(body, version);
      assert.deepEqual(addUp(leaves), body.kinds);
      const whole = contentOf([formOf(body, version)]);
      assert.deepEqual(contentOf(leaves.map((leaf) => formOf(leaf, version))), whole);
      for (const leaf of leaves) {
        const { series, metadata } = formOf(leaf, version);
        assert.equal(series.length + metadata.length, 1);
        if (version === "v1") assert.equal(leaf.signals, 1);
      }
    }),
    4,
  );
});

test("a half of 2.0 has the symbols that it refers to, each once, and no others", () => {
  holds(
    fc.property(content, (form) => {
      const body = sealed(form, "v2");
      const halves = body && halvesOf(READERS.v2, body);
      for (const half of halves ?? []) {
        const bytes = openRequest(half);
        const symbols = fieldsOf(bytes).filter(({ tag }) => tag === 0x22)
          .map(({ bytes }) => new TextDecoder().decode(bytes));
        const { series } = decodeRequest(bytes, "v2");
        const used = series.flatMap(({ labels, metadata, signals }) => [
          ...labels.flat(),
          ...(metadata ? [metadata.help, metadata.unit] : []),
          ...signals.flatMap((one) => one.kind === "exemplar" ? one.exemplarLabels.flat() : []),
        ]);
        assert.deepEqual(symbols.sort(), [...new Set(["", ...used])].sort());
      }
    }),
    2,
  );
});

test("the open request goes on, and what was parted can grow old", () => {
  holds(
    fc.property(
      content,
      fc.constantFrom<Sent>("v1", "v2"),
      fc.constantFrom(-50, 50, 1_700_000_050_000),
      (form, version, cutoffMs) => {
        const body = sealed(form, version);
        const halves = body && halvesOf(READERS[version], body);
        if (body === undefined || halves === undefined) return;
        // Whatever is done in between, the same bytes give the same halves.
        const kept = halves.flatMap((
          half,
        ) => [...READERS[version].select(half, { cutoffMs }).kept]);
        assert.deepEqual(halvesOf(READERS[version], body), halves);
        if (version === "v1") {
          assert.deepEqual(kept, [...READERS.v1.select(body, { cutoffMs }).kept]);
        }
        const next = sealed(form, version);
        assert.deepEqual(next && formOf(next, version), formOf(body, version));
      },
    ),
    2,
  );
});

test("a thousand series are parted in the middle, each time", () => {
  for (const version of ["v1", "v2"] as const) {
    const series = Array.from({ length: 1000 }, (_, index) => ({
      labels: [["__name__", "up"], ["instance", `host-${index}`]] as const,
      signals: [{
        kind: "sample" as const,
        timestampMs: 1_700_000_000_000n,
        startMs: 0n,
        bits: BigInt(index),
      }],
    }));
    let body = sealed({ series, metadata: [] }, version);
    const sizes: number[] = [];
    while (body !== undefined) {
      sizes.push(body.signals);
      body = halvesOf(READERS[version], body)?.[1];
    }
    assert.deepEqual(sizes, [1000, 500, 250, 125, 63, 32, 16, 8, 4, 2, 1]);
  }
});
