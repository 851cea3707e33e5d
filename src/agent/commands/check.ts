import { sourceOf } from "./config_source.ts";
import { configFlag, setFlag } from "./common_flags.ts";
import { load } from "./load.ts";
import type { CommandRow } from "./row.ts";

/** `walq check`. */
export const checkRow: CommandRow = {
  name: "check",
  summary: "check the configuration and end",
  positionals: [],
  flags: [
    configFlag,
    setFlag,
    {
      name: "--syntax-only",
      help: "do not look for the files that the configuration names",
    },
  ],
  examples: [{ line: "check --config walq.yaml", shows: "OK, or what is wrong and where" }],
  run: async (args, host) => {
    host.onSignal((signal) => signal === "SIGHUP" || host.exit(1));
    const { check } = await load();
    const syntaxOnly = args.has("--syntax-only");
    return await check(sourceOf(args, host), { config: args.needed("--config"), syntaxOnly }, host);
  },
};
