/** The program with few file descriptors, and clients that would take them all. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { RawClient } from "../support/raw_client.ts";
import { Program } from "./program.ts";
import { parseText } from "./text_format.ts";

/** Node opens the files of all modules that one imports at once: with fewer it may not start. */
const DESCRIPTORS = 128;
const CLIENTS = 240;

const CONFIG = [
  "remote_write: [{ url: 'http://127.0.0.1:9/api/v1/push', name: main }]",
  "queue: { data_path: data }",
  "server: { listen: 127.0.0.1:0 }",
].join("\n");

async function withProgram(use: (program: Program, port: number) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "walq-descriptors-"));
  await writeFile(join(directory, "walq.yaml"), CONFIG);
  const program = new Program(["run", "--config", "walq.yaml"], directory, {
    descriptors: DESCRIPTORS,
  });
  try {
    await use(program, Number(await program.line(/walq is ready.* listen=127\.0\.0\.1:(\d+)/)));
  } finally {
    program.signal("SIGKILL");
    await program.ended;
    await rm(directory, { recursive: true });
  }
}

test("clients that take all file descriptors are told to come again, and when they are gone others are served", async () => {
  await withProgram(async (program, port) => {
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => RawClient.open(port)),
    );
    const body = "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc";
    for (const client of clients) client.send(body);
    // At least one is told, or cut, as there is no room for so many.
    await Promise.race(clients.map((client) => client.until(() => client.statuses.length > 0)));
    const told = clients.flatMap(({ statuses }) => statuses);
    assert.ok(told.every((status) => status === 503), String(told));
    for (const client of clients) client.leave();
    const status = await askUntilAnswered(port);
    assert.equal(status.code, 200);
    const metrics = parseText(status.text);
    assert.ok(metrics.get("walq_http_refused_clients_total")!.samples[0]!.value > 0);
    assert.equal(program.hasEnded, false);
    program.signal("SIGTERM");
    assert.equal(await program.ended, 0);
    assert.match(program.output, /too many clients at once/);
  });
});

/** A port that was shut for want of descriptors is opened again by the program itself. */
async function askUntilAnswered(port: number): Promise<{ code: number; text: string }> {
  for (;;) {
    const client = await RawClient.open(port).catch(() => undefined);
    if (client === undefined) continue;
    client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    await client.closed();
    const [code] = client.statuses;
    if (code !== undefined && code !== 503) {
      return { code, text: client.got.slice(client.got.indexOf("\r\n\r\n") + 4) };
    }
  }
}

test("a configuration is checked with few file descriptors too", async () => {
  const directory = await mkdtemp(join(tmpdir(), "walq-descriptors-"));
  await writeFile(join(directory, "walq.yaml"), CONFIG);
  const program = new Program(["check", "--config", "walq.yaml"], directory, {
    descriptors: DESCRIPTORS,
  });
  assert.equal(await program.ended, 0, program.output);
  await rm(directory, { recursive: true });
});
