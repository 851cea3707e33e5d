import { agentArgs } from "../agent_args.ts";
import { configSource } from "./config_source.ts";
import { load } from "./load.ts";
import type { CommandRow } from "./row.ts";

/** `walq agent`. */
export const agentRow: CommandRow = {
  name: "agent",
  summary: "run, with the flags of prometheus --agent",
  description: [
    "Names, defaults and forms are those of Prometheus 3 (--flag value, --flag=value, --no-flag): " +
    "a unit file for prometheus --agent becomes one for walq by a change of one word. " +
    "docs/program.md says what each flag does here.",
  ],
  positionals: [],
  flags: [],
  examples: [{
    line: "agent --config.file=prometheus.yml --storage.agent.path=data-agent/",
    shows: "in the place of prometheus --agent",
  }],
  readsWords: true,
  run: async ({ words }, host) => {
    const { config, settings, ...args } = agentArgs(words, host.directory);
    const { runAgent } = await load();
    return await runAgent(configSource({ path: config, sets: [], settings }, host), args, host);
  },
};
