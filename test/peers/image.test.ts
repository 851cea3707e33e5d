/**
 * The program as one file, and the image that the Dockerfile makes of it: walq as a user without
 * rights, in a root that is read-only and holds walq and five libraries.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, describe, it } from "node:test";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { KeepingEndpoint } from "./support/endpoint.ts";
import { ImageRoot, whyNoImage } from "./support/image_root.ts";
import { Program } from "./support/program.ts";
import { freePort } from "./support/scratch.ts";
import { until } from "./support/until.ts";

const CONFIG = "/etc/walq/walq.yaml";

describe("the image", { skip: whyNoImage() }, () => {
  let image: ImageRoot;
  before(() => {
    image = ImageRoot.make();
  });

  function health(...args: readonly string[]): { status: number | null; told: string } {
    const [file = "", ...rest] = image.command("health", ...args);
    const { status, stdout, stderr } = spawnSync(file, rest, { encoding: "utf8" });
    return { status, told: stdout + stderr };
  }

  it("holds the program and its libraries, and says its version", (context) => {
    const [file = "", ...rest] = image.command("--version");
    const { stdout, stderr } = spawnSync(file, rest, { encoding: "utf8" });
    assert.match(stdout, /^walq \S+ on bun\n$/, stderr);
    const { root, binary } = image.sizes();
    context.diagnostic(`note: image ${root.toFixed(1)} MiB, of which walq is ${binary.toFixed(1)}`);
  });

  it("takes in, sends, reads its configuration again and ends, and its health is asked", async (context) => {
    const endpoint = await KeepingEndpoint.open();
    context.after(() => endpoint.close());
    endpoint.comeUp();
    const port = await freePort();
    const config = (site: string): void =>
      writeFileSync(
        join(image.config, "walq.yaml"),
        `global: { external_labels: { site: ${site} } }
server: { listen: 127.0.0.1:${port} }
queue: { data_path: /var/lib/walq }
remote_write: [{ name: peer, url: "${endpoint.url}" }]
`,
      );
    config("one");
    assert.equal(health("--config", CONFIG).status, 1);
    const program = new Program(image.command("run", "--config", CONFIG));
    context.after(() => program.stop("SIGKILL"));
    const origin = `http://127.0.0.1:${port}`;
    await program.ready(`${origin}/-/ready`);
    assert.deepEqual(health("--config", CONFIG), { status: 0, told: `${origin}: answers\n` });
    await arrives(endpoint, origin, "one");
    config("two");
    process.kill(program.pid, "SIGHUP");
    await arrives(endpoint, origin, "two");
    assert.deepEqual(await program.stop(), { code: 0, signal: null });
    assert.match(program.output, /walq is ready" version=\S+ runtime=bun /);
  });

  it("is well where it has certificates, asks for passwords and listens on a socket", async (context) => {
    for (const name of ["valid.pem", "key.pem"]) {
      copyFileSync(join("test/fixtures/tls", name), join(image.config, name));
    }
    writeFileSync(
      join(image.config, "web.yml"),
      `tls_server_config: { cert_file: valid.pem, key_file: key.pem }
basic_auth_users: { alice: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG }
`,
    );
    for (const listen of [`127.0.0.1:${await freePort()}`, "unix:/var/lib/walq/walq.sock"]) {
      writeFileSync(
        join(image.config, "walq.yaml"),
        `server: { listen: "${listen}", web_config_file: /etc/walq/web.yml }
queue: { data_path: /var/lib/walq/data }
remote_write: [{ name: peer, url: "http://127.0.0.1:9/" }]
`,
      );
      const program = new Program(image.command("run", "--config", CONFIG));
      context.after(() => program.stop("SIGKILL"));
      await program.said(/walq is ready/);
      const { status, told } = health("--config", CONFIG);
      assert.equal(status, 0, told);
      assert.deepEqual(await program.stop(), { code: 0, signal: null });
    }
  });

  it("shows its demo", async (context) => {
    const program = new Program(image.command("demo"));
    context.after(() => program.stop("SIGKILL"));
    await program.said(/out [1-9][0-9,]* .* receiver up/);
    assert.deepEqual(await program.stop(), { code: 0, signal: null }, program.output);
  });
});

/** Sends a sample, again and again: a reload takes a moment. */
async function arrives(endpoint: KeepingEndpoint, origin: string, site: string): Promise<void> {
  const name = `of_${site}`;
  await until(`a sample arrives from site ${site}`, async () => {
    const body = encodeRequest([wireSeries({ __name__: name }, Date.now(), 7)]);
    const answer = await fetch(`${origin}/api/v1/write`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
      body: body as Uint8Array<ArrayBuffer>,
    });
    assert.equal(answer.status, 204);
    return endpoint.arrived.some(({ labels }) =>
      labels["__name__"] === name && labels["site"] === site
    );
  });
}
