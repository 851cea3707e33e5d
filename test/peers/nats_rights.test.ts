/**
 * What docs/nats.md says that a user of the servers needs is enough, and all of it is used: a queue
 * that takes in alone, and one that sends, before a server that says what it is asked and refuses the rest.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Queue } from "../../mod.ts";
import type { StreamLog } from "../../src/contracts.ts";
import { openNatsStream } from "../../src/platform/nats/connect.ts";
import { removeStrayPieces } from "../../src/jetstream/stray_pieces.ts";
import { StreamSubjects } from "../../src/jetstream/subjects.ts";
import { KeepingEndpoint } from "./support/endpoint.ts";
import { missing } from "./support/installed.ts";
import { NatsServer } from "./support/nats.ts";
import { isFor, rightsTo, userWho } from "./support/nats_rights.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";

const INTAKE = rightsTo("bring metrics into it alone");
const SENDER = rightsTo("send what is in it");
const PARTITIONS = 2;
const SETTINGS = {
  stream: "metrics",
  replicas: 1,
  maxBytes: 100_000_000,
  duplicateWindowMs: 120_000,
  clientName: "test",
  timeoutMs: 20_000,
};
/** Batches do not go into one message of the smallest that servers take. */
const PAYLOAD_BYTES_MAX = 16 * 1024;
const SERIES = 2_000;

/** The stream as this user finds it. */
async function opened(
  { address }: NatsServer,
  username: string,
  { makes }: { readonly makes: boolean } = { makes: false },
): Promise<StreamLog> {
  const identity = () => ({ username, password: "x" });
  const { log } = await openNatsStream({ ...SETTINGS, servers: [address], identity, makes });
  after(() => log!.close());
  return log!;
}

/** Lines of a server's file: an administrator, those of docs/nats.md, and more. */
function usersWith(...more: readonly string[]): readonly string[] {
  return [
    "authorization { users: [",
    '{ user: admin, password: "x" }',
    userWho("intake", INTAKE),
    userWho("sender", SENDER),
    ...more,
    "] }",
  ];
}

/** A server that writes down what it is asked. */
class TellingServer {
  readonly server: NatsServer;
  readonly #path: string;
  #read = 0;

  private constructor(server: NatsServer, path: string) {
    this.server = server;
    this.#path = path;
  }

  static async start(): Promise<TellingServer> {
    const path = join(scratchDirectory("nats_log"), "log");
    const server = await NatsServer.start({
      lines: [
        ...usersWith(),
        `max_payload: ${PAYLOAD_BYTES_MAX}`,
        `logfile: "${path}"`,
        "trace: true",
      ],
    });
    after(() => server.kill());
    return new TellingServer(server, path);
  }

  /** What was published since the last time, and what was refused. */
  told(): { readonly subjects: readonly string[]; readonly refused: readonly string[] } {
    const log = readFileSync(this.#path, "latin1");
    const lines = log.slice(this.#read).split("\n");
    this.#read = log.length;
    const subjects = lines.flatMap((line) => /<<- \[H?PUB (\S+)/.exec(line)?.[1] ?? []);
    return {
      subjects: [...new Set(subjects)],
      refused: lines.filter((line) => /Violation/.test(line)),
    };
  }

  open(username: string): Promise<StreamLog> {
    return opened(this.server, username);
  }

  async queue(username: string, sends: boolean, url: string): Promise<Queue> {
    const queue = await Queue.open({
      dataPath: scratchDirectory("nats_rights"),
      ttl: "1000d",
      store: {
        url: `nats://${this.server.address}/metrics`,
        partitions: PARTITIONS,
        replicas: 1,
        username,
        password: "x",
        sends,
      },
      endpoints: [{ name: "sink", url, retryBackoff: "100ms", retryBackoffMax: "200ms" }],
    }, { logger: "silent" });
    after(() => queue.close());
    return queue;
  }
}

/** Those of the rights that nobody used. */
function unused(rights: readonly string[], subjects: readonly string[]): readonly string[] {
  return rights.filter((right) => !subjects.some((subject) => isFor(right, subject)));
}

async function append(queue: Queue, timestampMs: number): Promise<void> {
  const appender = queue.appender();
  for (let id = 0; id < SERIES; id++) {
    // What snappy makes nothing smaller of.
    const labels = { __name__: "rights", id: String(Math.random()), other: String(Math.random()) };
    appender.append(labels, timestampMs, id);
  }
  await appender.commit({ durable: true });
}

test("a queue needs the rights that docs/nats.md says, and no others", {
  skip: missing("nats-server"),
}, async () => {
  const telling = await TellingServer.start();
  const endpoint = await KeepingEndpoint.open();
  after(() => endpoint.close());
  await (await telling.queue("admin", false, endpoint.url)).close();
  telling.told();

  const intake = await telling.queue("intake", false, endpoint.url);
  await append(intake, Date.now() - 3_600_000);
  await append(intake, Date.now());
  assert.deepEqual(await intake.quarantined("sink"), []);
  assert.equal(intake.stats().stream?.sends, false);
  await intake.close();
  const asked = telling.told();
  assert.deepEqual(asked.refused, []);
  assert.deepEqual(unused(INTAKE, asked.subjects), []);

  // What is no batch is set aside by who sends.
  const admin = await telling.open("admin");
  const damaged = { subject: "metrics.0.batches", id: "damaged", headers: {} };
  await admin.publish({ ...damaged, data: new Uint8Array(10) });
  await admin.publish({
    ...damaged,
    subject: "metrics.0.pieces",
    id: "stray",
    data: new Uint8Array(1),
  });
  telling.told();

  const sender = await telling.queue("sender", true, endpoint.url);
  const pending = (): number => sender.stats().endpoints[0]!.pendingSignals;
  await until("it has what is there", () => Promise.resolve(pending() === 2 * SERIES));
  const { signals } = await sender.dropBefore({ beforeMs: Date.now() - 1_800_000 });
  assert.equal(signals, SERIES);
  endpoint.comeUp();
  await until("all arrived", () => Promise.resolve(pending() === 0));
  assert.equal(endpoint.arrived.length, SERIES);
  await until("it is set aside", async () => (await sender.quarantined("sink")).length === 1);
  // Hours pass until it does so by itself.
  const own = await telling.open("sender");
  const clock = { nowMs: () => Date.now() + 86_400_000 };
  const sweep = { log: own, clock, subjects: new StreamSubjects("metrics") };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await removeStrayPieces({ ...sweep, clock: sweep.clock as never, partition }, 1);
  }
  await until(
    "nothing is left but what was set aside",
    async () => (await admin.state()).messages === 1,
  );
  await append(sender, Date.now());
  await until("its own arrived", () => Promise.resolve(endpoint.arrived.length === 2 * SERIES));
  // Who followed is forgotten, and follows again.
  await telling.server.kill();
  await telling.server.begin();
  const sent = new Set<string>();
  await until("all rights were used", () => {
    const { subjects, refused } = telling.told();
    assert.deepEqual(refused, []);
    for (const subject of subjects) sent.add(subject);
    return Promise.resolve(unused(SENDER, [...sent]).length === 0);
  }, 120_000).catch(() => assert.deepEqual(unused(SENDER, [...sent]), []));
  await append(sender, Date.now());
  await until("it goes on", () => Promise.resolve(endpoint.arrived.length === 3 * SERIES));
  await sender.close();
  assert.deepEqual(telling.told().refused, []);
});

test("each right that is missing is found out, and nothing changes by that", {
  skip: missing("nats-server"),
}, async () => {
  const needed = SENDER.filter((right) => !rightsTo("open it").includes(right));
  const without = needed.map((right) => SENDER.filter((one) => one !== right));
  const server = await NatsServer.start({
    lines: usersWith(
      ...without.map((rights, at) => userWho(`user_${at}`, rights)),
      userWho("one", INTAKE.map((right) => right.replace("*.batches", "1.batches"))),
    ),
  });
  after(() => server.kill());
  const open = (username: string): Promise<StreamLog> => opened(server, username);
  const admin = await opened(server, "admin", { makes: true });
  const data = new Uint8Array(10);
  const one = { subject: "metrics.0.batches", id: "one", headers: {}, data };
  await admin.publish(one);
  await admin.replaceRecord("partition_0", "text", undefined);
  const before = await admin.state();
  for (const use of ["bring", "send"] as const) {
    assert.deepEqual(await admin.missingRights(use, PARTITIONS), []);
    assert.deepEqual(await (await open("sender")).missingRights(use, PARTITIONS), []);
  }
  const intake = await open("intake");
  assert.deepEqual(await intake.missingRights("bring", PARTITIONS), []);
  const alone = needed.filter((right) => !INTAKE.includes(right));
  assert.deepEqual((await intake.missingRights("send", PARTITIONS)).toSorted(), alone.toSorted());
  for (const [at, right] of needed.entries()) {
    const user = await open(`user_${at}`);
    assert.deepEqual(await user.missingRights("send", PARTITIONS), [right]);
    const isOfBoth = INTAKE.includes(right);
    assert.deepEqual(await user.missingRights("bring", PARTITIONS), isOfBoth ? [right] : []);
  }
  assert.deepEqual(await (await open("one")).missingRights("bring", PARTITIONS), [
    "metrics.0.batches",
  ]);
  assert.deepEqual(await admin.state(), before);
  assert.equal((await admin.record("partition_0"))?.value, "text");
  assert.equal(await admin.record("rights"), undefined);
});

test("a queue whose servers refuse it while it runs says so, and goes on when they do not", {
  skip: missing("nats-server"),
}, async () => {
  const users = (password: string): readonly string[] => [
    `authorization { users: [ { user: walq, password: "${password}" } ] }`,
  ];
  const server = await NatsServer.start({ lines: users("x") });
  after(() => server.kill());
  const queue = await Queue.open({
    dataPath: scratchDirectory("nats_refused"),
    store: {
      url: `nats://${server.address}/metrics`,
      replicas: 1,
      username: "walq",
      password: "x",
      sends: false,
      // Nobody waits for it.
      timeout: "1h",
    },
    endpoints: [],
  }, { logger: "silent" });
  await queue.push({ before: 1 });
  const restartedWith = async (password: string): Promise<void> => {
    await server.kill();
    server.configure(users(password));
    await server.begin();
  };
  await restartedWith("another");
  await assert.rejects(queue.push({ refused: 1 }), {
    code: "STORAGE",
    message: /cannot publish to metrics\.\d\.batches: the servers refuse who asks: authorization/,
  });
  await restartedWith("x");
  await until("it goes on", () => queue.push({ after: 1 }).then(() => true, () => false));
  await queue.close();
});
