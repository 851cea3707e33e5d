import { join } from "node:path";
import { Program } from "./program.ts";
import { freePort } from "./scratch.ts";

/** Debian's `prometheus`, as an agent, with a file. Ports of targets are as in Prometheus 3: none is added. */
export async function startAgent(
  directory: string,
  config: string,
): Promise<{ readonly program: Program; readonly origin: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const program = new Program([
    "prometheus",
    "--enable-feature=agent,no-default-scrape-port",
    `--config.file=${config}`,
    `--storage.agent.path=${join(directory, "agent")}`,
    `--web.listen-address=${address}`,
    "--log.level=warn",
  ]);
  await program.ready(`http://${address}/-/ready`);
  return { program, origin: `http://${address}` };
}
