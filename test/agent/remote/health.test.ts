/** `walq health`, as health checks of containers call it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../../src/testing/memory.ts";
import { Rig } from "../../queue/support.ts";
import { FakeHost, putFile } from "../support.ts";
import { Program, runOn } from "./support.ts";

/** What comes of it before a server that answers so. */
async function askedOf(
  status: number,
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string; url: string }> {
  const host = new FakeHost(["health", ...args]);
  for (const [path, text] of Object.entries(files)) await putFile(host, path, text);
  let url = "";
  host.platform.http.script = (request) => {
    url = request.url;
    return makeAnswer(status);
  };
  return { ...await runOn(host), url };
}

test("a program that runs is well", async () => {
  const program = await Program.start(new Rig());
  const { code, out } = await program.run(["health"]);
  assert.deepEqual([code, out.trim()], [0, "http://127.0.0.1:9099: answers"]);
  assert.deepEqual(program.asked, ["http://127.0.0.1:9099/-/healthy"]);
  program.isUp = false;
  const down = await program.run(["health"]);
  assert.equal(down.code, 1);
  assert.match(down.err, /connection refused/);
  await program.rig.queue.close();
});

test("one that asks who that is is well, one that fails is not", async () => {
  for (const status of [200, 401, 403, 421, 429]) assert.equal((await askedOf(status)).code, 0);
  for (const status of [404, 500, 502, 503]) assert.equal((await askedOf(status)).code, 1);
});

test("the configuration says where, with --set as the program was told", async () => {
  const files = {
    "/etc/walq.yaml": "server: { listen: '[::]:9123', route_prefix: /walq }\n" +
      "remote_write: [{ url: http://a/ }]\n",
  };
  const args = ["--config", "/etc/walq.yaml"];
  assert.equal((await askedOf(200, args, files)).url, "http://127.0.0.1:9123/walq/-/healthy");
  const other = [...args, "--set", "server.listen=127.0.0.1:7"];
  assert.equal((await askedOf(200, other, files)).url, "http://127.0.0.1:7/walq/-/healthy");
});

test("two places are one too many", async () => {
  const { code, err } = await askedOf(200, ["--url", "http://a/", "--config", "/etc/walq.yaml"]);
  assert.equal(code, 2);
  assert.match(err, /--url and --config/);
});
