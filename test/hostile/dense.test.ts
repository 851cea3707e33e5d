/** Each dense form costs no more than what a request may cost, and does no harm to what comes behind it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { AddOptions, AddResult, BatchWriter } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import * as layout from "../../src/kernel/layout.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { SeriesForm } from "../support/signals.ts";
import { DENSE_FORMS, type DenseForm } from "./dense.ts";

const MIB = 1024 * 1024;
const BYTES_MAX = 2 * MIB;
const HELD_BYTES_MAX = layout.REQUEST_MEMORY_MIN + BYTES_MAX;
const THINGS_MAX = layout.REQUEST_THINGS_MIN + BYTES_MAX / layout.REQUEST_BYTES_A_THING;
/** The request as it came and unpacked, and what is held: once, once in parts, and once to be moved. */
const MEMORY_BYTES_MAX = 2 * BYTES_MAX + 5 * HELD_BYTES_MAX;
const NOW_MS = 1_795_000_000_000;
const MESSAGES = { v1: "prometheus.WriteRequest", v2: "io.prometheus.write.v2.Request" } as const;

/** The memory of the instance that was made last. */
let memory: WebAssembly.Memory;
const Original = WebAssembly.Instance;

class WatchedInstance extends Original {
  constructor(module: WebAssembly.Module) {
    super(module);
    memory = this.exports["memory"] as WebAssembly.Memory;
  }
}

before(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: WatchedInstance, configurable: true });
});

after(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: Original, configurable: true });
});

const kernel = await loadKernel();

function optionsOf(version: "v1" | "v2", compression: "snappy" | "none" = "snappy"): AddOptions {
  return {
    message: MESSAGES[version],
    compression,
    uncompressedBytesMax: BYTES_MAX,
    cutoffMs: NOW_MS - 7_200_000,
    latestMs: 99_999_999_999_999,
  };
}

/** What came of it; only refusals as too large are one. */
function outcomeOf(
  writer: BatchWriter,
  form: DenseForm,
  body: Uint8Array,
): AddResult | undefined {
  try {
    return writer.addRequest(body, optionsOf(form.version));
  } catch (error) {
    assert.ok(error instanceof WalqError, String(error));
    assert.equal(error.code, "TOO_LARGE", error.message);
    assert.match(error.message, /wanted at most \d+/);
    return undefined;
  }
}

/** As a sender has them: ten labels each, and one sample. */
function realSeries(count: number): SeriesForm[] {
  return Array.from({ length: count }, (_, n) => ({
    labels: [
      ["__name__", "http_requests_total"],
      ...Array.from({ length: 9 }, (_, at) => [`label_${at}`, `value-${at}-${n >> at}`] as const),
    ],
    signals: [{ kind: "sample", timestampMs: BigInt(NOW_MS), startMs: 0n, bits: BigInt(n) }],
  }));
}

const REAL: Readonly<Record<"v1" | "v2", Uint8Array>> = {
  v1: encodeRequest({ series: realSeries(100), metadata: [] }, "v1"),
  v2: encodeRequest({ series: realSeries(100), metadata: [] }, "v2"),
};

/** The checksum of a batch of ordinary series. */
function realBatch(writer: BatchWriter, version: "v1" | "v2"): string {
  assert.equal(writer.addRequest(REAL[version], optionsOf(version, "none")).accepted, 100);
  return writer.encode().checksum;
}

const writers = { v1: kernel.createWriter(), v2: kernel.createWriter() };
const wanted = {
  v1: realBatch(kernel.createWriter(), "v1"),
  v2: realBatch(kernel.createWriter(), "v2"),
};

for (const form of DENSE_FORMS) {
  test(`a request in ${form.version} of ${form.name} costs no more than one may`, () => {
    const fresh = kernel.createWriter();
    const body = form.make(BYTES_MAX, NOW_MS);
    const result = outcomeOf(fresh, form, body);
    assert.ok(memory.buffer.byteLength <= MEMORY_BYTES_MAX, `${memory.buffer.byteLength} bytes`);
    if (result !== undefined) {
      const { accepted, invalid, expired } = result;
      assert.ok(accepted + invalid + expired <= THINGS_MAX, JSON.stringify(result));
      assert.ok(fresh.heldBytes <= HELD_BYTES_MAX, `${fresh.heldBytes} bytes are held`);
    } else {
      assert.deepEqual([fresh.signals, fresh.heldBytes], [0, 0]);
    }
    // In a writer that has seen the other forms, whose memory they share.
    const writer = writers[form.version];
    assert.deepEqual(outcomeOf(writer, form, body), result);
    if (writer.signals > 0) writer.encode();
    assert.equal(realBatch(writer, form.version), wanted[form.version]);
  });
}
