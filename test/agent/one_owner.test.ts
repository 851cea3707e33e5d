/** `rm walq.lock` under a running program, with real processes. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bitsOf, decodeRequest, encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { wholeBody } from "../support/whole_body.ts";
import { Program } from "./program.ts";

const LISTENING = /walq is ready.* listen=127\.0\.0\.1:(\d+)/;

/** A data path, an endpoint that says 503 until it is up, and the programs on them. */
class Scene {
  readonly directory: string;
  readonly #endpoint: Server;
  readonly #programs: Program[] = [];
  readonly arrived: Set<bigint> = new Set();
  isUp = false;
  #heard: () => void = () => {};

  private constructor(directory: string) {
    this.directory = directory;
    this.#endpoint = createServer(async (incoming, answer) => {
      const body = await wholeBody(incoming);
      if (body === undefined) return;
      if (this.isUp) this.#take(body);
      answer.writeHead(this.isUp ? 204 : 503).end();
    });
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await mkdtemp(join(tmpdir(), "walq-owner-")));
    scene.#endpoint.listen(0, "127.0.0.1");
    await once(scene.#endpoint, "listening");
    const { port } = scene.#endpoint.address() as AddressInfo;
    const lines = [
      "remote_write:",
      `  - { url: "http://127.0.0.1:${port}/write", name: main, queue_config: { flush_interval: 10ms, retry_backoff: 10ms, max_backoff: 20ms } }`,
      "queue: { data_path: data, ttl: 10y }",
      "server: { listen: 127.0.0.1:0 }",
    ];
    writeFileSync(join(scene.directory, "walq.yaml"), lines.join("\n"));
    return scene;
  }

  get dataPath(): string {
    return join(this.directory, "data");
  }

  run(): Program {
    const args = ["run", "--shutdown-grace", "0s", "--config", "walq.yaml"];
    const program = new Program(args, this.directory);
    this.#programs.push(program);
    return program;
  }

  /** `rm` in the data path. */
  remove(name: RegExp): void {
    for (const one of readdirSync(this.dataPath)) {
      if (name.test(one)) rmSync(join(this.dataPath, one));
    }
  }

  async has(values: ReadonlySet<bigint>): Promise<void> {
    while ([...values].some((value) => !this.arrived.has(value))) {
      await new Promise<void>((resolve) => this.#heard = resolve);
    }
  }

  async close(): Promise<void> {
    for (const program of this.#programs) {
      program.signal("SIGKILL");
      await program.ended;
    }
    this.#endpoint.closeAllConnections();
    this.#endpoint.close();
    await once(this.#endpoint, "close");
    await rm(this.directory, { recursive: true });
  }

  #take(body: Uint8Array): void {
    for (const { samples } of decodeRequest(body)) {
      for (const { valueBits } of samples) this.arrived.add(valueBits);
    }
    this.#heard();
  }
}

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await Scene.open();
  try {
    await use(scene);
  } finally {
    await scene.close();
  }
}

async function push(port: string, value: number): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/write`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
    body: encodeRequest([
      wireSeries({ __name__: "m", value: String(value) }, Date.now(), value),
    ]) as Uint8Array<ArrayBuffer>,
  });
  return { status: answer.status, text: await answer.text() };
}

test("rm walq.lock under a program: a second is refused, and what was acknowledged arrives", async () => {
  await withScene(async (scene) => {
    const first = scene.run();
    const port = await first.line(LISTENING);
    const acked = new Set<bigint>();
    let isOver = false;
    const sending = (async () => {
      for (let value = 0; !isOver; value++) {
        if ((await push(port, value)).status === 204) acked.add(bitsOf(value));
      }
    })();
    scene.remove(/^walq\.lock$/);
    const second = scene.run();
    assert.equal(await second.ended, 1);
    assert.match(second.output, /process \d+ \((node|deno|bun)\) owns it/);
    await first.line(/the lock of the data path; it is put back/);
    assert.ok(existsSync(join(scene.dataPath, "walq.lock")));
    isOver = true;
    await sending;
    first.signal("SIGKILL");
    await first.ended;
    scene.isUp = true;
    const third = scene.run();
    await third.line(LISTENING);
    await scene.has(acked);
    third.signal("SIGTERM");
    assert.equal(await third.ended, 0);
    // What the killed one left is cleared.
    assert.deepEqual(readdirSync(scene.dataPath).sort(), ["main", "walq.ballast"]);
  });
});

test("without all that tells of it a program stops when a second one has started", async () => {
  await withScene(async (scene) => {
    const first = scene.run();
    const port = await first.line(LISTENING);
    const acked = new Set<bigint>();
    for (let value = 0; value < 10; value++) {
      assert.equal((await push(port, value)).status, 204);
      acked.add(bitsOf(value));
    }
    scene.remove(/^walq\./);
    const second = scene.run();
    const otherPort = await second.line(LISTENING);
    for (let value = 100; value < 110; value++) {
      for (const [to, add] of [[port, 0], [otherPort, 1000]] as const) {
        if ((await push(to, value + add)).status === 204) acked.add(bitsOf(value + add));
      }
    }
    await first.line(/the data path is lost.* has taken the data path/);
    const { status, text } = await push(port, 1);
    assert.equal(status, 503, text);
    assert.match(text, /has taken the data path/);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/status`);
    const { queue } = await answer.json() as { queue: { dataPathLost: string } };
    assert.match(queue.dataPathLost, /has taken/);
    first.signal("SIGTERM");
    await first.ended;
    scene.isUp = true;
    second.signal("SIGTERM");
    assert.equal(await second.ended, 0);
    await scene.run().line(LISTENING);
    await scene.has(acked);
  });
});

test("a data path that is removed under a program is told as that", async () => {
  await withScene(async (scene) => {
    const program = scene.run();
    const port = await program.line(LISTENING);
    // At once: the program may be about to write there.
    renameSync(scene.dataPath, `${scene.dataPath}.removed`);
    rmSync(`${scene.dataPath}.removed`, { recursive: true });
    await program.line(/the data path is lost.* is gone: somebody removed it/);
    const { status, text } = await push(port, 1);
    assert.equal(status, 503, text);
    assert.match(text, /the data path "data" is gone/);
    program.signal("SIGTERM");
    await program.ended;
    assert.ok(!existsSync(scene.dataPath));
    await scene.run().line(LISTENING);
  });
});
