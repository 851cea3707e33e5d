import { ENDPOINT_FLAG, PLACE_FLAGS } from "../remote/reach_flags.ts";
import { formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq rejected`. */
export const rejectedRow: CommandRow = {
  name: "rejected",
  summary: "list what endpoints have refused for good, and why",
  description: ["A file that is damaged is set aside, and named: then the exit code is 3."],
  positionals: [],
  flags: [ENDPOINT_FLAG, ...PLACE_FLAGS, formatFlag],
  examples: [{
    line: "rejected --endpoint mimir",
    shows: "each request with the endpoint's words",
  }],
  run: async (args, host) => {
    const { listRejected } = await import("../remote/act.ts");
    return await listRejected(args, host);
  },
};

/** `walq retry-rejected`. */
export const retryRejectedRow: CommandRow = {
  name: "retry-rejected",
  summary: "send again what endpoints have refused, when they are mended",
  description: [
    "Of an id that is not there it says which are like it, and the exit code is 1; the others " +
    "are sent. A file that is damaged is set aside, and named: then the exit code is 3.",
    "A program that runs does it itself, where server.enable_admin_api allows it. In a directory " +
    "that no program uses it is put back to what waits, and is sent at the next start.",
  ],
  positionals: [],
  flags: [
    ENDPOINT_FLAG,
    {
      name: "--id",
      help: "this one, by its id of walq rejected; without it all",
      value: { kind: "text", name: "ID", isRepeatable: true },
    },
    ...PLACE_FLAGS,
    formatFlag,
  ],
  examples: [{ line: "retry-rejected --endpoint mimir", shows: "all that mimir has refused" }],
  run: async (args, host) => {
    const { retryRejected } = await import("../remote/act.ts");
    return await retryRejected(args, host);
  },
};
