import type { FileSystem } from "../../src/contracts.ts";

/** Replaces a file as whoever rotates a secret does: at no moment it is not there. */
export async function putFile(files: FileSystem, path: string, text: string): Promise<void> {
  await files.write(`${path}.new`, [new TextEncoder().encode(text)]);
  await files.rename(`${path}.new`, path);
}
