import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HostAddress, Lookups } from "../../src/platform/http/lookups.ts";

const FOREVER = new AbortController().signal;

/** Lookups that are answered by hand, by a clock that is set by hand. */
class Rig {
  nowMs = 0;
  /** Hosts that were asked for, in order. */
  readonly begun: string[] = [];
  readonly #ends: Map<string, (error?: Error) => void> = new Map();
  readonly lookups: Lookups = new Lookups(
    (host) => {
      this.begun.push(host);
      return new Promise<readonly HostAddress[]>((resolve, reject) => {
        this.#ends.set(host, (error) => {
          if (error) reject(error);
          else resolve([{ address: `of ${host}`, family: 4 }]);
        });
      });
    },
    2,
    () => this.nowMs,
  );

  find(host: string, signal: AbortSignal = FOREVER): Promise<string> {
    return this.lookups.find(host, signal).then(([first]) => first!.address);
  }

  async end(host: string, error?: Error): Promise<void> {
    this.#ends.get(host)!(error);
    await settled();
  }

  /** A lookup of before, which took so long. */
  async took(host: string, ms: number): Promise<void> {
    const found = this.find(host);
    await settled();
    this.nowMs += ms;
    await this.end(host);
    await found;
  }
}

/** Promises that wait for nothing but each other have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("Lookups", () => {
  it("asks once for all who want the same host at the same time, and anew later", async () => {
    const rig = new Rig();
    const both = Promise.all([rig.find("a"), rig.find("a")]);
    await settled();
    await rig.end("a");
    assert.deepEqual(await both, ["of a", "of a"]);
    const again = rig.find("a");
    await settled();
    await rig.end("a");
    assert.equal(await again, "of a");
    assert.deepEqual(rig.begun, ["a", "a"]);
  });

  it("asks for two hosts at once, and for the others in turn", async () => {
    const rig = new Rig();
    const all = Promise.all(["a", "b", "c", "d"].map((host) => rig.find(host)));
    await settled();
    assert.deepEqual(rig.begun, ["a", "b"]);
    // From now on one lookup is for hosts that are as quick as this one.
    await rig.end("b");
    assert.deepEqual(rig.begun, ["a", "b"]);
    await rig.end("a");
    assert.deepEqual(rig.begun, ["a", "b", "c"]);
    for (const host of ["c", "d"]) await rig.end(host);
    assert.deepEqual(await all, ["of a", "of b", "of c", "of d"]);
  });

  it("lets hosts that were slow wait for each other, and nobody else for them", async () => {
    const rig = new Rig();
    const failed = Promise.allSettled([rig.find("slow1"), rig.find("slow2")]);
    await settled();
    rig.nowMs = 10_000;
    for (const host of ["slow1", "slow2"]) await rig.end(host, new Error("EAI_AGAIN"));
    for (const outcome of await failed) assert.equal(outcome.status, "rejected");
    const slow = ["slow1", "slow2"].map((host) => rig.find(host));
    const quick = rig.find("quick");
    await settled();
    assert.deepEqual(rig.begun.slice(2), ["slow1", "quick"]);
    await rig.end("quick");
    assert.equal(await quick, "of quick");
    assert.deepEqual(rig.begun.slice(2), ["slow1", "quick"]);
    for (const host of ["slow1", "slow2"]) await rig.end(host);
    assert.deepEqual(await Promise.all(slow), ["of slow1", "of slow2"]);
  });

  it("lets no host that was quick wait for those that nobody knows yet", async () => {
    const rig = new Rig();
    await rig.took("good", 0);
    const dead = ["dead1", "dead2", "dead3", "dead4"];
    const failed = Promise.allSettled(dead.map((host) => rig.find(host)));
    for (const host of dead) {
      const good = rig.find("good");
      await settled();
      assert.deepEqual(rig.begun.slice(-2), [host, "good"]);
      await rig.end("good");
      assert.equal(await good, "of good");
      rig.nowMs += 3_000;
      await rig.end(host, new Error("EAI_AGAIN"));
    }
    await failed;
  });

  it("lets hosts that nobody knows go before those that were slow", async () => {
    const rig = new Rig();
    await rig.took("good", 0);
    await rig.took("slow1", 5_000);
    await rig.took("slow2", 5_000);
    const all = Promise.all(["slow1", "slow2", "new"].map((host) => rig.find(host)));
    await settled();
    await rig.end("slow1");
    assert.deepEqual(rig.begun.slice(3), ["slow1", "new"]);
    await rig.end("new");
    await rig.end("slow2");
    await all;
  });

  it("counts a lookup as slow while it takes long", async () => {
    const rig = new Rig();
    await rig.took("good", 0);
    await rig.took("was good", 0);
    await rig.took("slow", 5_000);
    const hangs = rig.find("was good");
    await settled();
    rig.nowMs += 2_000;
    const slow = rig.find("slow");
    const good = rig.find("good");
    await settled();
    assert.deepEqual(rig.begun.slice(3), ["was good", "good"]);
    for (const host of ["good", "was good", "slow"]) await rig.end(host);
    await Promise.all([hangs, slow, good]);
  });

  it("forgets that a host was slow when it is quick again", async () => {
    const rig = new Rig();
    const slow = rig.find("a");
    await settled();
    rig.nowMs = 5_000;
    await rig.end("a");
    await slow;
    const quick = rig.find("a");
    await settled();
    await rig.end("a");
    await quick;
    const pair = ["b", "a"].map((host) => rig.find(host));
    await settled();
    assert.deepEqual(rig.begun.slice(2), ["b", "a"]);
    for (const host of ["a", "b"]) await rig.end(host);
    await Promise.all(pair);
  });

  it("lets go who does not want to wait any more, at once", async () => {
    const rig = new Rig();
    const controller = new AbortController();
    const reason = new Error("stopped");
    const waiting = rig.find("a", controller.signal);
    await settled();
    controller.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    const other = rig.find("a");
    await settled();
    assert.deepEqual(rig.begun, ["a"]);
    await rig.end("a");
    assert.equal(await other, "of a");
  });
});
