/** What jobs are told of discoveries that they share. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TargetGroup } from "../../src/contracts.ts";
import { SharedDiscoveries } from "../../src/discovery/shared_discoveries.ts";
import type { ResolvedDiscovery } from "../../src/options/resolved_scrape.ts";
import { Harness } from "./support.ts";

type Tell = (groups: readonly TargetGroup[]) => void;

function group(source: string, ...addresses: readonly string[]): TargetGroup {
  return { source, targets: addresses.map((__address__) => ({ __address__ })), labels: {} };
}

/** A discovery that a test plays, known by its name. */
function played(name: string): ResolvedDiscovery {
  return { kind: "file", files: [name], refreshIntervalMs: 1 };
}

class Scene {
  readonly harness: Harness = new Harness();
  readonly #told: string[] = [];
  /** How to tell as a discovery that runs, by its name. */
  readonly running: Map<string, Tell> = new Map();
  starts = 0;
  readonly shared: SharedDiscoveries = new SharedDiscoveries(
    this.harness.dependencies,
    (options) => ({
      run: async (tell, signal) => {
        this.starts++;
        const name = options.kind === "file" ? options.files[0]! : options.kind;
        this.running.set(name, tell);
        if (name === "broken") throw new Error("a bug");
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true })
        );
        this.running.delete(name);
      },
    }),
  );

  /** Runs a discovery for a job; returns what ends it. */
  run(jobName: string, options: ResolvedDiscovery): () => Promise<void> {
    const stopping = new AbortController();
    const done = this.shared.open(options, jobName).run((groups) => {
      const shown = groups.map(({ source, targets }) =>
        `${source}=${targets.map((target) => target["__address__"]).join(",")}`
      );
      this.#told.push(`${jobName}: ${shown.join(" ")}`);
    }, stopping.signal);
    return async () => {
      stopping.abort();
      await done;
    };
  }

  /** What was told since the last time. */
  news(): readonly string[] {
    return this.#told.splice(0);
  }

  get targets(): unknown {
    return Object.fromEntries(this.harness.stats.snapshot().discoveredTargets);
  }
}

describe("SharedDiscoveries", () => {
  it("runs one for jobs with the same options, and tells who comes later what is known", async () => {
    const scene = new Scene();
    const stopA = scene.run("a", played("p"));
    scene.running.get("p")!([group("0", "x", "y"), group("1", "z")]);
    assert.deepEqual(scene.news(), ["a: 0=x,y 1=z"]);
    const stopB = scene.run("b", played("p"));
    assert.deepEqual(scene.news(), ["b: 0=x,y 1=z"]);
    assert.equal(scene.starts, 1);
    assert.deepEqual(scene.targets, { a: 3, b: 3 });
    scene.running.get("p")!([group("1")]);
    assert.deepEqual(scene.news(), ["a: 1=", "b: 1="]);
    assert.deepEqual(scene.targets, { a: 2, b: 2 });
    await stopA();
    scene.running.get("p")!([group("2", "n")]);
    assert.deepEqual(scene.news(), ["b: 2=n"]);
    await stopB();
    assert.equal(scene.running.size, 0);
    assert.deepEqual(scene.targets, {});
    await scene.run("a", played("p"))();
    assert.equal(scene.starts, 2);
    assert.deepEqual(scene.news(), []);
  });

  it("tells that there is nothing, once, and nothing of what is as it was", async () => {
    const scene = new Scene();
    const stop = scene.run("a", played("p"));
    const tell = scene.running.get("p")!;
    tell([]);
    assert.deepEqual(scene.news(), ["a: "]);
    assert.deepEqual(scene.targets, { a: 0 });
    tell([]);
    tell([group("9")]);
    assert.deepEqual(scene.news(), []);
    tell([group("0", "x"), group("1", "y")]);
    tell([group("0", "x"), group("1", "z")]);
    tell([{ ...group("0", "x"), labels: { env: "e" } }]);
    tell([{ ...group("0", "x"), labels: { env: "e" } }]);
    assert.deepEqual(scene.news(), ["a: 0=x 1=y", "a: 1=z", "a: 0=x"]);
    await stop();
  });

  it("keeps counts of a job apart by discovery", async () => {
    const scene = new Scene();
    const stops = [scene.run("a", played("p")), scene.run("a", played("q"))];
    scene.running.get("p")!([group("0", "x")]);
    scene.running.get("q")!([group("0", "x", "y")]);
    assert.deepEqual(scene.targets, { a: 3 });
    await stops[0]!();
    assert.deepEqual(scene.targets, { a: 2 });
    await stops[1]!();
  });

  it("starts a discovery again that has met a bug, and says so", async () => {
    const scene = new Scene();
    const stop = scene.run("a", played("broken"));
    await scene.harness.pass(60_000);
    assert.equal(scene.starts, 3);
    assert.match(scene.harness.logger.lines.join("\n"), /BUG: a discovery has failed.*a bug/);
    await stop();
  });
});
