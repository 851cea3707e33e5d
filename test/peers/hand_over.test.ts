/**
 * A queue of files on an edge, and three servers of NATS that it hands over to: the edge and
 * servers are killed in between, and all that was acknowledged is in the stream, in order.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { jetstreamManager } from "@nats-io/jetstream";
import type { HttpAnswer, StreamSettings } from "../../src/contracts.ts";
import { HandOver } from "../../src/jetstream/hand_over.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { silentLogger } from "../../src/logger.ts";
import { resolveStore } from "../../src/options.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { connected, openNatsStream } from "../../src/platform/nats/connect.ts";
import { storedSignals, valuesOf } from "../jetstream/stored_signals.ts";
import { missing } from "./support/installed.ts";
import { NatsServer } from "./support/nats.ts";
import { rightsTo, userWho } from "./support/nats_rights.ts";
import { Program } from "./support/program.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { Sender } from "./support/send.ts";
import { until } from "./support/until.ts";
import { RUNTIMES, walqLine, WalqProgram, writeConfig } from "./support/walq.ts";
import { RequestTemplate } from "./support/write_request.ts";

const SERIES = 200;
const PARTITIONS = 4;
/** Steps that are sent between two troubles. */
const STEPS = 8;

const template = new RequestTemplate(
  Array.from({ length: SERIES }, (_, id) => [["__name__", `edge_${id}`], ["site", "edge"]]),
);

/** What an edge has acknowledged, step by step: each one a sample of each series. */
class Load {
  readonly #firstMs = Date.now() - 1_000_000;
  #steps = 0;

  get steps(): number {
    return this.#steps;
  }

  async send(walq: WalqProgram): Promise<void> {
    const sender = new Sender(walq.writeUrl);
    for (let left = STEPS; left > 0; left--) {
      const step = this.#steps;
      const { status, text } = await sender.send(template.fill(this.#firstMs + step, () => step));
      assert.equal(status, 204, text);
      this.#steps++;
    }
    sender.close();
  }
}

/** What hands over, without the queue before it. */
class Edge {
  readonly client: HandOver;

  private constructor(client: HandOver) {
    this.client = client;
  }

  static async to(server: NatsServer, username: string): Promise<Edge> {
    const stream = resolveStore({
      url: `nats://${server.address}/metrics`,
      replicas: 1,
      username,
      password: "x",
      timeout: "20s",
    });
    const dependencies = {
      platform: await defaultPlatform(),
      kernel: await loadKernel(),
      logger: silentLogger,
      clientName: "test",
    };
    return new Edge(new HandOver(stream, dependencies));
  }

  async send(): Promise<HttpAnswer> {
    return await this.client.exchange({
      url: "nats://x",
      method: "POST",
      headers: {},
      body: template.fill(Date.now(), () => 1),
      answerBytesMax: 1024,
    }, new AbortController().signal);
  }

  /** Sends until it is answered so. Resolves to the words. */
  async answers(wanted: number): Promise<string> {
    let words = "";
    await until(`the answer is ${wanted}`, async () => {
      const { status, text } = await this.send();
      words = text;
      return status === wanted;
    });
    return words;
  }
}

describe("an edge that hands over to NATS", { skip: missing("nats-server") }, () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: nothing that was acknowledged is lost when it and servers are killed`, async (t) => {
      const servers = await NatsServer.cluster();
      after(() => Promise.all(servers.map((server) => server.kill())));
      const addresses = servers.map(({ address }) => address);
      const stream = `edge_${runtime}`;
      const url = `nats://${addresses.join(",")}/${stream}`;
      const config = await writeConfig({
        directory: scratchDirectory("hand_over"),
        url,
        endpoint: [`nats: { partitions: ${PARTITIONS}, max_bytes: 100MiB }`],
        queueConfig: ["min_backoff: 100ms", "max_backoff: 1s", "min_shards: 2"],
      });
      const load = new Load();
      const pending = (walq: WalqProgram) => walq.metric("walq_pending_signals");
      const drained = (walq: WalqProgram) =>
        until("all is handed over", async () => await pending(walq) === 0);

      const first = await WalqProgram.start(runtime, config);
      await load.send(first);
      await drained(first);
      await servers[0]!.kill();
      await load.send(first);
      await first.program.stop("SIGKILL");

      const second = await WalqProgram.start(runtime, config);
      await load.send(second);
      // Of three two are enough.
      await drained(second);
      await servers[1]!.kill();
      await load.send(second);
      await second.program.stop("SIGKILL");
      await Promise.all(servers.slice(0, 2).map((server) => server.begin()));

      const third = await WalqProgram.start(runtime, config);
      await load.send(third);
      await drained(third);
      const page = await (await fetch(`${third.origin}/api/v1/status`)).text();
      assert.ok(page.includes(url), page);
      const status = new Program(walqLine(runtime, ["status", "--url", third.origin]));
      assert.equal((await status.exited).code, 0, status.output);
      const exit = await third.program.stop("SIGTERM");
      assert.equal(exit.code, 0, third.program.describe());

      const settings: StreamSettings = {
        servers: addresses,
        stream,
        replicas: 3,
        maxBytes: 100 * 1024 ** 2,
        duplicateWindowMs: 120_000,
        clientName: "test",
        timeoutMs: 60_000,
        identity: () => ({}),
        makes: false,
      };
      const { log, faults } = await openNatsStream(settings);
      // Debian's servers are told to be old.
      assert.deepEqual(faults.filter(({ key }) => key !== "server_version"), []);
      const stored = await storedSignals(log!);
      await log!.close();
      const wanted = Array.from({ length: load.steps }, (_, step) => step);
      for (let id = 0; id < SERIES; id++) {
        const values = valuesOf(stored, `edge_${id}`);
        assert.equal([...new Set(values)].join(), wanted.join(), `series ${id}: ${values}`);
      }
      const doubled = stored.length - SERIES * load.steps;
      t.diagnostic(`${SERIES * load.steps} samples, of which ${doubled} came a second time`);
    });
  }

  it("needs no more rights than docs/nats.md says, and is told which one is missing", async () => {
    const server = await NatsServer.start({
      lines: [
        "authorization { users: [",
        '{ user: admin, password: "x" }',
        userWho("edge", rightsTo("hand over to it")),
        userWho("reader", rightsTo("open it")),
        "] }",
      ],
    });
    after(() => server.kill());
    const send = async (username: string) => {
      const edge = await Edge.to(server, username);
      const { status, text } = await edge.send();
      await edge.client.close();
      return `${status} ${text}`;
    };
    assert.match(await send("edge"), /^404 .*cannot make the stream metrics|^404 .*STREAM\.CREATE/);
    assert.equal(await send("admin"), "204 ");
    assert.equal(await send("edge"), "204 ");
    assert.match(await send("reader"), /^403 .*metrics\.\d+\.batches/);
  });

  it("is told that it is refused by servers that it was connected to, and goes on when it is not", async () => {
    const users = (password: string): readonly string[] => [
      `authorization { users: [ { user: edge, password: "${password}" } ] }`,
    ];
    const server = await NatsServer.start({ lines: users("x") });
    after(() => server.kill());
    const edge = await Edge.to(server, "edge");
    assert.equal((await edge.send()).status, 204);
    const restartedWith = async (password: string): Promise<void> => {
      await server.kill();
      server.configure(users(password));
      await server.begin();
    };
    await restartedWith("another");
    // Nobody waits for the timeout of the stream.
    const refused = await edge.answers(401);
    assert.match(
      refused,
      /^cannot publish to metrics\.\d\.batches: the servers refuse who asks: auth/,
    );
    await restartedWith("x");
    await edge.answers(204);
    await edge.client.close();
  });

  it("makes a stream again that somebody has deleted, or is told that it may not", async () => {
    const server = await NatsServer.start({
      lines: [
        "authorization { users: [",
        '{ user: admin, password: "x" }',
        userWho("edge", rightsTo("hand over to it")),
        "] }",
      ],
    });
    after(() => server.kill());
    const [admin, edge] = [await Edge.to(server, "admin"), await Edge.to(server, "edge")];
    assert.equal((await admin.send()).status, 204);
    assert.equal((await edge.send()).status, 204);
    const connection = await connected({
      servers: [server.address],
      clientName: "test",
      timeoutMs: 20_000,
      identity: () => ({ username: "admin", password: "x" }),
    });
    await (await jetstreamManager(connection)).streams.delete("metrics");
    await connection.close();
    const { status, text } = await edge.send();
    assert.deepEqual([status, /the stream has no leader now, or does not exist/.test(text)], [
      503,
      true,
    ]);
    assert.match(await edge.answers(404), /STREAM\.CREATE|cannot make the stream metrics/);
    await admin.answers(204);
    await edge.answers(204);
    await admin.client.close();
    await edge.client.close();
  });
});
