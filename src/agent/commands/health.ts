import { HTTP_FLAGS } from "../remote/reach_flags.ts";
import { setFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq health`. */
export const healthRow: CommandRow = {
  name: "health",
  summary: "whether the program answers: for health checks of containers",
  description: [
    "Exit code 0 when it answers, also when it asks who that is; 1 when it does not. A disk that " +
    "refuses or an endpoint that is down do not make it ill: to start it anew would not help.",
    "Asked by --config, it takes whatever certificate its own program has.",
  ],
  positionals: [],
  flags: [
    {
      name: "--url",
      help: "the program (http://127.0.0.1:9099, where no --config is given)",
      value: { kind: "url", name: "URL" },
    },
    {
      name: "--config",
      help: "the configuration of the program: it says where it listens",
      value: { kind: "file", name: "FILE" },
    },
    setFlag,
    {
      name: "--timeout",
      help: "how long an answer may take",
      value: { kind: "duration", name: "TIME", default: "5s", most: { ms: 3_600_000, text: "1h" } },
    },
    ...HTTP_FLAGS,
  ],
  examples: [
    { line: "health", shows: "at the default address" },
    { line: "health --config /etc/walq/walq.yaml", shows: "wherever that configuration listens" },
  ],
  run: async (args, host) => {
    const { health } = await import("../remote/health.ts");
    return await health(args, host);
  },
};
