import { readFile } from "node:fs/promises";
import process from "node:process";
import { HostProcessTable } from "./host_processes.ts";

/** The processes of this host by `node:process`, for Node and Bun. */
export function nodeProcesses(): HostProcessTable {
  return new HostProcessTable({
    pid: process.pid,
    readText: (path) => readFile(path, "utf8").catch(() => undefined),
    probe: (pid) => process.kill(pid, 0),
  });
}
