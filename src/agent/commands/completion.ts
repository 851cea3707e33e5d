import { FINE } from "./row.ts";
import type { CommandRow } from "./row.ts";

/** `walq completion`. @param all of which it is one itself, so they are asked for when they are there */
export const completionRow = (all: () => readonly CommandRow[]): CommandRow => ({
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
    const { completionFor } = await import("../completion/completion.ts");
    await host.print("stdout", completionFor(args.positionals[0] ?? "", all()));
    return FINE;
  },
});
