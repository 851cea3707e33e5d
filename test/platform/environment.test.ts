/** What other programs of a host are told by its environment changes nothing for walq. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { RawServer } from "../contract/raw_server.ts";
import { attempts, runChild } from "./child.ts";

const CERTIFICATES = "test/fixtures/tls";
const IS_NODE = !("Deno" in globalThis) && !("Bun" in globalThis);
const [NODE_MAJOR = 0] = (process.versions.node ?? "").split(".").map(Number);

function answer(socket: Socket): void {
  socket.once("data", () => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
}

describe("a proxy of the environment", () => {
  let plain: RawServer;
  let secure: RawServer;
  let proxy: RawServer;
  let urls: string[];
  let env: Record<string, string>;

  before(async () => {
    const read = (name: string): string => readFileSync(`${CERTIFICATES}/${name}.pem`, "utf8");
    plain = new RawServer(answer);
    secure = new RawServer(answer, { cert: read("valid"), key: read("key") });
    // To whatever is asked: a proxy that says 2xx would count as delivered.
    proxy = new RawServer(answer);
    const [http, https] = [await plain.open(), await secure.open()];
    const hosts = ["127.0.0.1", "localhost"];
    urls = hosts.flatMap((host) => [`http://${host}:${http}/`, `https://${host}:${https}/`]);
    const url = `http://127.0.0.1:${await proxy.open()}`;
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    const authority = join(process.cwd(), CERTIFICATES, "ca.pem");
    env = {
      ...Object.fromEntries(names.flatMap((name) => [[name, url], [name.toLowerCase(), url]])),
      NO_PROXY: "",
      no_proxy: "",
      NODE_USE_ENV_PROXY: "1",
      NODE_EXTRA_CA_CERTS: authority,
      DENO_CERT: authority,
      // Deno itself would ask by the proxy whether there is a new release of it.
      DENO_NO_UPDATE_CHECK: "1",
    };
  });
  after(async () => {
    for (const server of [plain, secure, proxy]) await server.close();
  });

  async function check(runtimeArgs: readonly string[]): Promise<void> {
    const outcomes = await attempts(urls, { env, runtimeArgs });
    assert.deepEqual(outcomes.map(({ verdict }) => verdict), urls.map(() => "delivered"));
    // A host that only the proxy would find: there the request, with its login, would go.
    const [lost] = await attempts(["http://walq.invalid/"], { env, runtimeArgs });
    assert.equal(lost!.verdict, "retry");
    assert.equal(proxy.connections, 0);
  }

  it("is not asked", () => check([]));

  it("is not asked by a Node that is told to", {
    skip: IS_NODE && NODE_MAJOR >= 24 ? false : "no other runtime has the option",
  }, () => check(["--use-env-proxy"]));
});

describe("a .env file in the working directory", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "walq-env-"));
    await writeFile(join(directory, ".env"), "FROM_FILE=file\nFROM_HOST=file\n");
  });
  after(() => rm(directory, { recursive: true }));

  const env = { FROM_HOST: "host" };
  const names = ["FROM_FILE", "FROM_HOST"];

  it("is not the program's environment", {
    skip: process.platform === "linux" ? false : "needs Linux's /proc",
  }, async () => {
    const output = await runChild("env_program", names, { env, cwd: directory });
    assert.equal(output, "- host\n");
  });

  it("is, where the runtime is told so", async () => {
    const runtimeArgs = ["--env-file=.env"];
    const output = await runChild("env_program", names, { env, cwd: directory, runtimeArgs });
    assert.equal(output, "file host\n");
  });
});
