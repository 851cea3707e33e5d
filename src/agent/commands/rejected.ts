import { ENDPOINT_FLAG, PLACE_FLAGS } from "../remote/reach_flags.ts";
import { formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq rejected`. */
export const rejectedRow: CommandRow = {
  name: "rejected",
  summary: "list what endpoints have refused for good, and why",
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
