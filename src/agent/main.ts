#!/usr/bin/env node
// The program, on whatever runtime it is started by. It imports little, so that signals are
// caught before what takes time to load is loaded; what it begins with is in program.ts.
import process from "node:process";
import { forgetEnvFiles } from "../platform/env_files.ts";
import { runtimeName } from "../platform/runtime_name.ts";
import { catchSignals } from "./hosts/process_signals.ts";
import type { HostRuntime } from "./hosts/process_host.ts";

const onSignal = catchSignals();
forgetEnvFiles();
const { main, processHost } = await import("./program.ts");
const host = processHost(await loadRuntime(), onSignal);
const code = await main(host);
await host.printed();
// What a client keeps open must not keep the program up, nor that signals are listened for.
process.exit(code);

async function loadRuntime(): Promise<HostRuntime> {
  switch (runtimeName()) {
    case "deno":
      return (await import("./hosts/deno.ts")).denoRuntime();
    case "bun":
      return (await import("./hosts/bun.ts")).bunRuntime();
    case "node":
      return (await import("./hosts/node.ts")).nodeRuntime();
  }
}
