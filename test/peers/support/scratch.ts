import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const scratch = new Set<string>();
process.on("exit", () => {
  for (const path of scratch) rmSync(path, { recursive: true, force: true });
});

/** A directory of its own, gone when this process is. */
export function scratchDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `walq-${name}-`));
  scratch.add(path);
  return path;
}

/** Leaves a directory where it is, for whoever looks into a failure. */
export function keepScratch(path: string): void {
  scratch.delete(path);
}

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<unknown>((resolve) => server.close(resolve));
  return port;
}

/** Whether nobody listens there. */
export async function isFreePort(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise<boolean>((resolve) => {
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
