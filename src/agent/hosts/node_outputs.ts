import process from "node:process";
import type { HostRuntime } from "./process_host.ts";

/** The outputs by the streams of `node:process`, for Node and Bun. */
export function nodeOutputs(): HostRuntime["write"] {
  // An error that nobody listens for ends the process; who writes is told of it as well.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  return (output, text) =>
    new Promise((resolve, reject) => {
      process[output].write(text, (error) => error ? reject(error) : resolve());
    });
}
