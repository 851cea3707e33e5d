/** The examples in docs/authentication.md load, and each way is among them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { sourceOf } from "../agent/support.ts";
import { makeKey } from "../auth/keys.ts";

const PAGE = readFileSync("docs/authentication.md", "utf8");

test("every example of the page loads", async () => {
  const files = new MemoryFileSystem();
  const plant = (name: string, text: string) =>
    files.plant(`/etc/${name}`, new TextEncoder().encode(text));
  for (const name of ["password", "token", "api-key", "client-secret"]) plant(name, "s3cret\n");
  plant("key.pem", (await makeKey()).pkcs8);
  const ways: string[] = [];
  for (const [, text = ""] of PAGE.matchAll(/```yaml\n(.*?)```/gs)) {
    const source = sourceOf(files, "/etc/walq.yaml");
    const { resolved, remarks } = await parseConfig(text, { ...source, env: () => "s3cret" });
    assert.deepEqual(remarks, []);
    const { identity, secretHeaders } = resolved.endpoints[0]!.credentials;
    ways.push(identity.kind === "azuread" ? identity.way.kind : identity.kind);
    assert.equal(secretHeaders.length, identity.kind === "none" ? 2 : 0);
  }
  assert.deepEqual(ways, [
    "basic",
    "token",
    "none",
    "oauth2",
    "oauth2",
    "sigv4",
    "managed_identity",
    "workload_identity",
    "oauth",
  ]);
});
