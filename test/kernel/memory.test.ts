/** What becomes of instances: replaced when they have grown too large or have trapped. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  ALLOY_RULES,
  alloyFile,
  assertBytes,
  drain,
  fileOf,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "./support.ts";
import { encodeRows } from "./twin/alloy_v1.ts";
import { hashOf } from "./twin/labels.ts";
import { label, type Row } from "./twin/model.ts";
import { writeRows } from "./twin/request_write.ts";

/** Every instance that was made, and the call that is to trap in the newest. */
const instances: WebAssembly.Instance[] = [];
let trapping: string | undefined;

const Original = WebAssembly.Instance;

/** Stands in for WebAssembly.Instance: its calls trap on demand. */
class WatchedInstance {
  readonly exports: WebAssembly.Exports;

  constructor(module: WebAssembly.Module) {
    const instance = new Original(module);
    instances.push(instance);
    // A copy: the exports themselves are frozen, and a proxy must not answer otherwise for them.
    this.exports = new Proxy({ ...instance.exports }, {
      get(target, name) {
        if (name !== trapping) return Reflect.get(target, name);
        return () => {
          trapping = undefined;
          throw new WebAssembly.RuntimeError("unreachable");
        };
      },
    });
  }
}

before(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: WatchedInstance, configurable: true });
});

after(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: Original, configurable: true });
});

function newestMemoryBytes(): number {
  return (instances.at(-1)!.exports["memory"] as WebAssembly.Memory).buffer.byteLength;
}

function rowOf(n: number, bytes: number): Row {
  const labels = [label("__name__", "up"), label("text", `${n}`.padEnd(bytes, "x"))];
  return { labels, sample: { bits: 0n, timestampMs: BigInt(n) }, hash: hashOf(labels) };
}

/** What an instance may have in these tests. */
const MEMORY_BYTES_MAX = 32 * 1024 * 1024;

const SMALL = [rowOf(1, 10), rowOf(2, 20)];
const GIANT = Array.from({ length: 24 }, (_, n) => rowOf(n, 800_000));
const GIANT_FILE = encodeRows(GIANT);

test("a writer gives back the memory of a giant request when its batch is encoded", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES, memoryBytesMax: MEMORY_BYTES_MAX });
  writer.addRequest(writeRows(GIANT), NO_LIMITS);
  assert.ok(newestMemoryBytes() > MEMORY_BYTES_MAX);
  assertBytes(fileOf(writer.encode()), GIANT_FILE, "the giant batch");
  assert.ok(newestMemoryBytes() < 1_000_000);
  writer.addRequest(writeRows(SMALL), NO_LIMITS);
  assertBytes(fileOf(writer.encode()), encodeRows(SMALL), "the next batch");
});

test("a reader gives back the memory of a giant batch, and its open requests move along", () => {
  const reader = kernel.createReader({
    ...ONE_SHARD,
    requestSignalsMax: 62,
    memoryBytesMax: MEMORY_BYTES_MAX,
  });
  reader.load(alloyFile(encodeRows(SMALL.slice(0, 1))));
  drain(reader);
  reader.load(alloyFile(GIANT_FILE));
  const { requests } = drain(reader);
  assert.ok(requests.length > 0, "a request is cut by its bytes");
  if (reader.openSignals(0) > 0) reader.take(0);
  assert.ok(newestMemoryBytes() > MEMORY_BYTES_MAX);
  const count = instances.length;
  reader.load(alloyFile(encodeRows(SMALL.slice(0, 1))));
  drain(reader);
  assert.equal(instances.length, count + 1);
  reader.load(alloyFile(encodeRows(SMALL.slice(1))));
  drain(reader);
  assert.equal(instances.length, count + 1);
  assert.ok(newestMemoryBytes() < 1_000_000);
  const body = reader.take(0);
  assertBytes(openRequest(body), writeRows(SMALL), "the open request");
  assert.deepEqual([body.signals, body.oldestMs, body.newestMs], [2, 1, 2]);
});

test("an open request survives the move to a fresh instance after a trap in load", () => {
  const reader = kernel.createReader(ONE_SHARD);
  reader.load(alloyFile(encodeRows(SMALL)));
  drain(reader);
  trapping = "loadBatch";
  assert.throws(() => reader.load(alloyFile(encodeRows(SMALL))), /^Error: BUG: the kernel trapped/);
  assert.equal(reader.openSignals(0), 2);
  reader.load(alloyFile(encodeRows(SMALL)));
  drain(reader);
  const body = reader.take(0);
  assertBytes(openRequest(body), writeRows([...SMALL, ...SMALL]), "the open request");
  assert.deepEqual([body.oldestMs, body.newestMs], [1, 2]);
});

test("a trap in a writer loses the open batch, says so, and the writer goes on", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  writer.addRequest(writeRows(SMALL), NO_LIMITS);
  trapping = "addRequest";
  const act = () => writer.addRequest(writeRows(SMALL), NO_LIMITS);
  assert.throws(act, /^Error: BUG: the kernel trapped and lost the open batch of 2 signals/);
  assert.equal(writer.signals, 0);
  writer.addRequest(writeRows(SMALL), NO_LIMITS);
  assertBytes(fileOf(writer.encode()), encodeRows(SMALL), "the next batch");
});

test("a trap in route or take loses the open requests, says so, and the reader goes on", () => {
  const reader = kernel.createReader(ONE_SHARD);
  for (const call of ["route", "takeRequest"]) {
    reader.load(alloyFile(encodeRows(SMALL)));
    if (call === "takeRequest") drain(reader);
    trapping = call;
    const act = () => call === "route" ? reader.route(0) : reader.take(0);
    assert.throws(act, /^Error: BUG: the kernel trapped and lost the open requests/);
    assert.equal(reader.openSignals(0), 0);
  }
  reader.load(alloyFile(encodeRows(SMALL)));
  drain(reader);
  assertBytes(openRequest(reader.take(0)), writeRows(SMALL), "the next request");
});

/** The constants of a layout file, without their types. */
function constantsOf(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/^export const (\w+): \w+ = (.+);$/gm)].map((m) => `${m[1]} = ${m[2]}`);
}

test("the kernel and its binding share the same numbers", () => {
  const numbers = constantsOf("asm/abi/layout.ts");
  assert.ok(numbers.length > 50);
  assert.deepEqual(constantsOf("src/kernel/layout.ts"), numbers);
});
