import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Output } from "./options/outputs.ts";

/** Writes those of the files that are not what they should be, and says which. */
export async function writeOutputs(outputs: readonly Output[]): Promise<void> {
  for (const { path, render } of outputs) {
    const present = await readFile(path, "utf8").catch(() => "");
    const text = render(present);
    if (text === present) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    console.log(`wrote ${path}`);
  }
}
