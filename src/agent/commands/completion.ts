import { FINE } from "./row.ts";
import type { CommandRow } from "./row.ts";

/** `walq completion`. */
export const completionRow: CommandRow = {
  name: "completion",
  summary: "print what a shell needs to complete command lines of walq",
  description: [
    "For bash (3.2 and later), zsh and fish. docs/install.md says where each keeps it.",
  ],
  positionals: [{ name: "SHELL", kind: "text", help: "bash, zsh or fish", isRequired: true }],
  flags: [],
  examples: [
    { line: "completion bash", shows: "for /etc/bash_completion.d/walq" },
    { line: "completion zsh", shows: "for _walq in a directory of fpath" },
  ],
  run: async (args, host) => {
    // The table has this row: it is asked for when all rows are there.
    const [{ completionFor }, { COMMANDS }] = await Promise.all([
      import("../completion/completion.ts"),
      import("./table.ts"),
    ]);
    await host.print("stdout", completionFor(args.positionals[0] ?? "", COMMANDS));
    return FINE;
  },
};
