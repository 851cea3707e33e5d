/** Configurations as texts, for tests. */
import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../src/agent/config/config.ts";
import { WalqError } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { sourceOf } from "./support.ts";

interface Given {
  readonly sets?: readonly string[];
  /** Texts of files by name, in /etc/walq. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export async function parse(text: string, given: Given = {}): Promise<Config> {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc/walq");
  for (const [name, content] of Object.entries(given.files ?? {})) {
    await files.writeAndSync(`/etc/walq/${name}`, [new TextEncoder().encode(content)]);
  }
  const env = (name: string): string | undefined => given.env?.[name];
  return await parseConfig(text, { ...sourceOf(files, "/etc/walq/walq.yaml", given.sets), env });
}

/** The lines of the error, without the directory. */
export async function problemsOf(text: string, given: Given = {}): Promise<string[]> {
  try {
    await parse(text, given);
  } catch (error) {
    assert.ok(error instanceof WalqError, String(error));
    assert.equal(error.code, "INVALID_OPTIONS");
    return error.message.replaceAll("/etc/walq/", "").split("\n");
  }
  return [];
}
