/** TLS is verified: a request never goes to a server whose certificate is not valid. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { RawServer } from "../contract/raw_server.ts";
import { attempts } from "./child.ts";

// test/fixtures/tls/make.sh says how they were made.
const CERTIFICATES = "test/fixtures/tls";

/** What the client says of it, on each runtime. */
const REASONS: Readonly<Record<string, RegExp>> = {
  expired: /^TLS: the certificate has expired$/,
  wrong_host: /^TLS: the certificate is not valid for 127\.0\.0\.1$/,
  self_signed: /^TLS: the certificate is signed by an unknown authority$/,
};

function file(name: string): string {
  return readFileSync(`${CERTIFICATES}/${name}.pem`, "utf8");
}

function answer(socket: Socket): void {
  socket.once("data", () => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
}

/** Makes a process trust the tests' authority. */
const AUTHORITY = `${process.cwd()}/${CERTIFICATES}/ca.pem`;
const TRUST = { NODE_EXTRA_CA_CERTS: AUTHORITY, DENO_CERT: AUTHORITY };

describe("TLS", () => {
  const servers = new Map<string, RawServer>();
  const urls = new Map<string, string>();

  before(async () => {
    const key = file("key");
    // The valid one comes last: Deno's servers of one process take each other's
    // session tickets, and who resumes a session is not asked for a certificate again.
    for (const name of [...Object.keys(REASONS), "valid"]) {
      const server = new RawServer(answer, { cert: file(name), key });
      servers.set(name, server);
      urls.set(name, `https://127.0.0.1:${await server.open()}/`);
    }
    const plain = new RawServer(answer);
    servers.set("plain", plain);
    urls.set("plain", `https://127.0.0.1:${await plain.open()}/`);
  });
  after(async () => {
    for (const server of servers.values()) await server.close();
  });

  it("sends to a server whose certificate is valid, and to no other", async () => {
    const names = [...urls.keys()];
    const outcomes = await attempts([...urls.values()], { env: TRUST });
    names.forEach((name, index) => {
      const { verdict, status, reason = "" } = outcomes[index]!;
      if (name === "valid") return assert.deepEqual([verdict, status], ["delivered", 204], reason);
      assert.equal(verdict, "retry", name);
      assert.equal(status, undefined);
      assert.doesNotMatch(reason, /hush|s3cret/);
      assert.match(reason, REASONS[name] ?? /./);
      // Decrypted: not a byte of the request. What is not encrypted is a handshake.
      if (name !== "plain") assert.equal(servers.get(name)!.bytesSeen, 0, name);
    });
  });

  it("verifies names too, and by name", async () => {
    const byName = [...urls.values()].map((url) => url.replace("127.0.0.1", "localhost"));
    const outcomes = await attempts(byName, { env: TRUST });
    const delivered = [...urls.keys()].filter((_, index) => outcomes[index]!.verdict !== "retry");
    assert.deepEqual(delivered, ["valid"]);
  });

  it("verifies though the environment says that nothing need be", async () => {
    const names = Object.keys(REASONS);
    const env = { ...TRUST, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const outcomes = await attempts(names.map((name) => urls.get(name)!), { env });
    names.forEach((name, index) => {
      assert.equal(outcomes[index]!.verdict, "retry", name);
      assert.equal(servers.get(name)!.bytesSeen, 0, name);
    });
  });

  it("does not trust an authority that nobody told it of", async () => {
    const seenBytes = servers.get("valid")!.bytesSeen;
    const [outcome] = await attempts([urls.get("valid")!], {});
    assert.equal(outcome!.verdict, "retry");
    assert.equal(outcome!.reason, "TLS: the certificate is signed by an unknown authority");
    assert.equal(servers.get("valid")!.bytesSeen, seenBytes);
  });

  it("trusts the authorities of the settings in place of the runtime's, not beside them", async () => {
    const url = urls.get("valid")!;
    const by = (name: string) => ({
      env: { ...TRUST, WALQ_TEST_CA: `${process.cwd()}/${CERTIFICATES}/${name}.pem` },
    });
    const [known] = await attempts([url], by("ca"));
    assert.equal(known!.verdict, "delivered", known!.reason ?? "");
    const [unknown] = await attempts([url], by("client_ca"));
    assert.equal(unknown!.verdict, "retry");
    assert.match(unknown!.reason ?? "", /signed by an unknown authority/);
  });
});
