import { putRows } from "../markdown.ts";
import type { Output } from "../options/outputs.ts";
import { costsOf } from "./costs.ts";
import { DEFAULT_INPUTS } from "./inputs.ts";
import { type Measured, readMeasured } from "./measured.ts";
import { type Scale, TABLES } from "./tables.ts";

export const EDGES: readonly number[] = [10, 1_000, 100_000];

/** As `npm run scale` says it without options. */
export function defaultScale(): Scale {
  const measured = readMeasured();
  return { inputs: DEFAULT_INPUTS, measured, costs: costsOf(measured), edges: EDGES };
}

/** What docs/scale.md has between its marks; paths are from the root of the repository. */
export function outputs(): Output[] {
  return [{
    path: "docs/scale.md",
    render: (present) => {
      const scale = defaultScale();
      const page = putRows(present, "origin", originLines(scale.measured));
      return TABLES.reduce((page, { name, render }) => putRows(page, name, render(scale)), page);
    },
  }];
}

export function originLines({ origins }: Measured): string {
  return origins.map(({ command, at, cpu }) => `- \`${command}\`, ${at}, ${cpu}\n`).join("");
}
