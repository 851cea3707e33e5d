import * as v from "valibot";
import type { Relabel } from "../src/contracts.ts";
import { RELABEL } from "../src/options/tables/relabel.ts";
import { seriesRelabeler } from "../src/relabel/series.ts";

/** What an edge host's file has: one rule each that drops, adds, takes apart, renames and removes. */
export const fiveRules: Relabel = seriesRelabeler(
  [
    { sourceLabels: ["__name__"], regex: "go_.*|process_.*", action: "drop" },
    { targetLabel: "__replica__", replacement: "edge-1" },
    { sourceLabels: ["instance"], regex: "([^.]+)\\..*", targetLabel: "host" },
    { regex: "data(.*)", replacement: "d$1", action: "labelmap" },
    { regex: "environment|datacenter", action: "labeldrop" },
  ].map((one) => v.parse(RELABEL.check, one)),
  "utf8",
  {},
);
