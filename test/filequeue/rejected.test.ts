/** What is kept of refused requests, on a disk that fails, forgets and is damaged. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RefusedRequest, RejectedRules } from "../../src/contracts.ts";
import type { KeptRequest } from "../../src/filequeue/rejected_file.ts";
import { RejectedRequests } from "../../src/filequeue/rejected_requests.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { listDirectory } from "../support/list_directory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { wallAge } from "../support/wall_age.ts";

const kernel = await loadKernel();
const DIRECTORY = "/data/one/rejected";
const HOUR_MS = 3_600_000;

/** A request whose body is nothing but bytes; what is kept does not look into it. */
function refused(bytes: number[], more: Partial<RefusedRequest> = {}): RefusedRequest {
  const body = {
    bytes: Uint8Array.from(bytes),
    uncompressedBytes: 100,
    signals: 3,
    number: 1,
    kinds: { samples: 2, histograms: 0, exemplars: 1, metadata: 0 },
    oldestMs: 1_000,
    newestMs: 2_000,
  };
  return {
    body,
    protobufMessage: "prometheus.WriteRequest",
    cause: "rejected",
    status: 400,
    reason: "HTTP 400: out of order",
    refused: 3,
    ...more,
  };
}

class Kept {
  platform = new MemoryPlatform();
  readonly logger = new MemoryLogger();
  isOwner = true;
  store: RejectedRequests;
  readonly #rules: RejectedRules;
  readonly #filesMax: number | undefined;

  constructor(rules: Partial<RejectedRules> = {}, filesMax?: number) {
    this.#filesMax = filesMax;
    this.#rules = { bytesMax: 1_000_000, ageMsMax: 24 * HOUR_MS, ...rules };
    this.store = this.#open();
  }

  #open(): RejectedRequests {
    const { files, clock, random } = this.platform;
    return new RejectedRequests({
      endpoint: "one",
      directory: "/data/one",
      files,
      clock,
      random,
      logger: this.logger,
      isOwner: () => Promise.resolve(this.isOwner),
      checksumOf: (bytes) => kernel.checksumOf(bytes),
      age: wallAge(clock),
      rules: this.#rules,
      ...(this.#filesMax && { filesMax: this.#filesMax }),
    });
  }

  reopen(): void {
    this.store = this.#open();
  }

  /** Has these sent again, or all, to the end, one by one. */
  async sendAgain(
    asked: readonly string[] | undefined,
    send: (request: KeptRequest) => Promise<number>,
  ): Promise<{ requests: number; signals: number }> {
    const { known } = await this.store.ids();
    const sum = { requests: 0, signals: 0 };
    for (let left = known.filter((id) => asked?.includes(id) ?? true); left.length > 0;) {
      const { through, requests, signals } = await this.store.sendSome(
        left,
        async ([first]) => ({ requests: 1, signals: await send(first!) }),
      );
      sum.requests += requests;
      sum.signals += signals;
      left = left.slice(through);
    }
    this.store.refuseUnread(asked, sum.requests);
    return sum;
  }

  /** Pulls the plug: what was not synced is gone. */
  crash(): void {
    this.platform = this.platform.crash("worst");
    this.reopen();
  }

  async names(): Promise<string[]> {
    return (await listDirectory(this.platform.files, DIRECTORY)).map(({ name }) => name).sort();
  }
}

test("a refused request is durable when that is told, and its file says all of it", async () => {
  const kept = new Kept();
  await kept.store.keep(refused([1, 2, 3], { status: 413, refused: 2 }));
  kept.crash();
  const [found, ...others] = await kept.store.list();
  assert.deepEqual(others, []);
  const { id, bytes, ...rest } = found!;
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.deepEqual(await kept.names(), [`${id}.rejected`]);
  assert.equal(bytes, (await kept.platform.files.read(`${DIRECTORY}/${id}.rejected`)).length);
  assert.deepEqual(rest, {
    endpoint: "one",
    rejectedAtMs: rest.rejectedAtMs,
    cause: "rejected",
    status: 413,
    reason: "HTTP 400: out of order",
    signals: 3,
    kinds: { samples: 2, histograms: 0, exemplars: 1, metadata: 0 },
    refused: 2,
    oldestMs: 1_000,
    newestMs: 2_000,
    protobufMessage: "prometheus.WriteRequest",
  });
});

test("the same content again, as after a crash before it was settled, is there once", async () => {
  const kept = new Kept();
  for (let time = 0; time < 5; time++) {
    await kept.store.keep(refused([1, 2, 3]));
    kept.crash();
  }
  assert.equal((await kept.names()).length, 1);
  assert.equal((await kept.store.list()).length, 1);
});

test("what has no answer, and no timestamp, is kept as that", async () => {
  const kept = new Kept();
  const request = refused([9], { status: undefined, cause: "max_retries", reason: "no answer" });
  const body = { ...request.body, oldestMs: Infinity, newestMs: -Infinity };
  await kept.store.keep({ ...request, body });
  const [found] = await kept.store.list();
  assert.equal(found!.status, undefined);
  assert.equal(found!.cause, "max_retries");
  assert.deepEqual([found!.oldestMs, found!.newestMs], [0, 0]);
});

test("beyond its bytes the oldest go, counted and logged; what alone is larger is not kept", async () => {
  const kept = new Kept({ bytesMax: 1_500 });
  const big = (first: number): number[] => [first, ...new Array<number>(300).fill(7)];
  for (let at = 0; at < 4; at++) {
    await kept.store.keep(refused(big(at)));
    await kept.platform.time.advance(HOUR_MS / 2);
  }
  const { files, bytes, lost, kept: signals } = kept.store.totals();
  assert.ok(bytes <= 1_500);
  assert.deepEqual([files, lost.bytes, signals], [2, 6, 12]);
  await kept.store.keep(refused(new Array<number>(2_000).fill(1)));
  assert.equal(kept.store.totals().lost.bytes, 9);
  assert.equal(kept.store.totals().files, 2);
  assert.ok(kept.logger.lines.some((line) => line.includes("has its bytes")));
});

test("what is older than is kept goes by itself", async () => {
  const kept = new Kept({ ageMsMax: 2 * HOUR_MS });
  await kept.store.keep(refused([1]));
  await kept.platform.time.advance(90 * 60_000);
  await kept.store.keep(refused([2]));
  await kept.platform.time.advance(100 * 60_000);
  const { files, lost } = kept.store.totals();
  assert.deepEqual([files, lost.age], [1, 3]);
  await kept.platform.time.advance(3 * HOUR_MS);
  assert.deepEqual(await kept.names(), []);
});

test("0 keeps none, and removes what there was", async () => {
  const kept = new Kept();
  await kept.store.keep(refused([1]));
  kept.store.configure({ bytesMax: 0, ageMsMax: HOUR_MS });
  await kept.platform.time.settle();
  assert.deepEqual(await kept.names(), []);
  await kept.store.keep(refused([2]));
  assert.deepEqual(await kept.names(), []);
  assert.equal(kept.store.totals().lost.off, 3);
});

test("an endpoint that refuses everything writes what may lie there, and then that in an hour", async () => {
  const kept = new Kept({ bytesMax: 100_000 });
  const body = (at: number): number[] => [at >> 8, at & 255, ...new Array<number>(10_000).fill(1)];
  for (let at = 0; at < 100; at++) await kept.store.keep(refused(body(at)));
  const written = kept.store.totals().kept;
  assert.ok(written <= 3 * 10, `${written}`);
  assert.equal(kept.store.totals().lost.storm, 300 - written);
  await kept.platform.time.advance(HOUR_MS);
  for (let at = 100; at < 200; at++) await kept.store.keep(refused(body(at)));
  assert.ok(kept.store.totals().kept <= 2 * written + 3);
});

test("what is sent again and refused again is kept, however often and soon", async () => {
  const kept = new Kept({}, 4);
  for (const byte of [1, 2, 3]) await kept.store.keep(refused([byte]));
  for (let round = 1; round <= 5; round++) {
    const bodies: Uint8Array[] = [];
    await kept.sendAgain(undefined, ({ data }) => {
      bodies.push(data);
      return Promise.resolve(3);
    });
    assert.equal(bodies.length, 3, `round ${round}`);
    for (const body of bodies) await kept.store.keep(refused([...body]));
  }
  const { files, kept: signals, sentAgain, lost } = kept.store.totals();
  assert.deepEqual([files, signals, sentAgain, lost.storm], [3, 54, 45, 0]);
});

test("what is there already is not lost where no more is written, and makes no room for itself", async () => {
  for (const filesMax of [2, 4]) {
    const kept = new Kept({}, filesMax);
    await kept.store.keep(refused([1]));
    await kept.store.keep(refused([2]));
    for (let again = 0; again < 5; again++) await kept.store.keep(refused([1]));
    const { files, kept: signals, lost } = kept.store.totals();
    assert.deepEqual([files, signals], [2, 21]);
    assert.deepEqual([lost.storm, lost.files, lost.bytes], [0, 0, 0]);
  }
  const probe = new Kept();
  await probe.store.keep(refused([1]));
  const kept = new Kept({ bytesMax: Math.ceil(probe.store.totals().bytes * 1.5) });
  await kept.store.keep(refused([1]));
  kept.reopen();
  await kept.store.keep(refused([1]));
  assert.deepEqual([kept.store.totals().files, kept.store.totals().lost.bytes], [1, 0]);
  kept.crash();
  assert.equal((await kept.store.list()).length, 1);
});

test("small requests do not make a million files", async () => {
  const filesMax = 300;
  const kept = new Kept({ bytesMax: 2 ** 40 }, filesMax);
  const count = filesMax + 5;
  for (let at = 0; at < count; at++) await kept.store.keep(refused([at >> 8, at & 255]));
  const { files, lost } = kept.store.totals();
  assert.equal(files, filesMax);
  assert.equal(lost.storm, 15);
  await kept.platform.time.advance(HOUR_MS);
  await kept.store.keep(refused([1, 2, 3, 4]));
  assert.equal(kept.store.totals().lost.files, 3);
});

test("a disk that refuses costs the request, counted and logged, and the next one is kept", async () => {
  for (const step of ["create", "write", "sync", "rename", "sync_directory"] as const) {
    const kept = new Kept();
    await kept.store.keep(refused([0]));
    let isFailing = true;
    kept.platform.files.fault = (at) => isFailing && at === step ? "no_space" : undefined;
    await kept.store.keep(refused([1]));
    isFailing = false;
    assert.equal(kept.store.totals().lost.storage, 3, step);
    assert.ok(kept.logger.lines.some((line) => line.includes("cannot be written")));
    await kept.store.keep(refused([2]));
    assert.equal(kept.store.totals().kept, 6);
    assert.deepEqual((await kept.names()).filter((name) => name.endsWith(".tmp")), [], step);
  }
});

test("where the data path is gone no directory is made in its place", async () => {
  const kept = new Kept();
  kept.isOwner = false;
  await kept.store.keep(refused([1]));
  assert.equal(kept.store.totals().lost.storage, 3);
  await assert.rejects(listDirectory(kept.platform.files, DIRECTORY));
});

test("sent again it is removed when that is durable; what fails stays", async () => {
  const kept = new Kept();
  for (const byte of [1, 2, 3]) {
    await kept.store.keep(refused([byte]));
    await kept.platform.time.advance(10);
  }
  const sent: number[] = [];
  const failing = kept.sendAgain(undefined, ({ data }) => {
    if (data[0] === 2) return Promise.reject(new Error("no"));
    sent.push(data[0]!);
    return Promise.resolve(3);
  });
  await assert.rejects(failing, /no/);
  kept.crash();
  const all = await kept.store.list();
  assert.equal(all.length, 2);
  const done = await kept.sendAgain([all[1]!.id, "0".repeat(16)], ({ data }) => {
    sent.push(data[0]!);
    return Promise.resolve(2);
  });
  assert.deepEqual(sent, [1, 3]);
  assert.deepEqual(done, { requests: 1, signals: 2 });
  assert.equal(kept.store.totals().sentAgain, 3);
  kept.crash();
  assert.equal((await kept.store.list()).length, 1);
});

test("a damaged file is set aside with the reason, and the others are read", async () => {
  const kept = new Kept();
  await kept.store.keep(refused([1, 2, 3, 4]));
  await kept.store.keep(refused([5]));
  const [first] = await kept.store.list();
  const path = `${DIRECTORY}/${first!.id}.rejected`;
  const whole = await kept.platform.files.read(path);
  await kept.platform.files.remove(path);
  const bad = whole.slice();
  bad[bad.length - 1]! ^= 1;
  await kept.platform.files.writeAndSync(path, [bad]);
  await kept.platform.files.writeAndSync(`${DIRECTORY}/${"ab".repeat(8)}.rejected`, [
    Uint8Array.of(1, 2, 3),
  ]);
  await kept.platform.files.writeAndSync(`${DIRECTORY}/7.rejected.tmp`, [whole]);
  await kept.platform.files.writeAndSync(`${DIRECTORY}/notes.txt`, [whole]);
  kept.reopen();
  const sent: number[] = [];
  const done = await kept.sendAgain(undefined, ({ data }) => {
    sent.push(...data);
    return Promise.resolve(3);
  });
  assert.deepEqual(sent, [5]);
  assert.deepEqual(done, { requests: 1, signals: 3 });
  assert.deepEqual(await kept.names(), ["notes.txt"]);
  const aside = await listDirectory(kept.platform.files, "/data/one/quarantine");
  assert.equal(aside.filter(({ name }) => name.endsWith(".reason")).length, 2);
  assert.equal(kept.store.totals().lost.corrupt, 3);
});

test("one that the disk does not read stands in nobody's way, and is read when that is mended", async () => {
  for (const isKnown of [true, false]) {
    const kept = new Kept();
    for (const byte of [1, 2, 3]) await kept.store.keep(refused([byte]));
    const [first] = await kept.store.list();
    const path = `${DIRECTORY}/${first!.id}.rejected`;
    if (!isKnown) kept.reopen();
    kept.platform.files.fault = (step, at) => step === "read" && at === path ? "io" : undefined;
    await kept.store.keep(refused([4]));
    assert.equal((await kept.store.list()).length, 3);
    assert.equal(kept.store.totals().lost.storage, 0);
    const sent: number[] = [];
    const send = ({ data }: { data: Uint8Array }): Promise<number> => {
      sent.push(data[0]!);
      return Promise.resolve(1);
    };
    await assert.rejects(kept.sendAgain(undefined, send), {
      name: "FileSystemError",
      path,
      message: /^Cannot read .*; the others, 3 requests, are sent again$/,
    });
    assert.deepEqual(sent.sort(), [2, 3, 4]);
    assert.deepEqual(await kept.names(), [`${first!.id}.rejected`]);
    kept.platform.files.fault = undefined;
    assert.deepEqual((await kept.store.list()).map(({ id }) => id), [first!.id]);
    assert.deepEqual(await kept.sendAgain(undefined, send), { requests: 1, signals: 1 });
  }
});
