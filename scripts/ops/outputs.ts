import { readFileSync } from "node:fs";
import { renderCommands } from "./commands_page.ts";
import { renderDashboard } from "./dashboard.ts";
import { renderMetricsPage, renderRunbook } from "./pages.ts";
import { renderRules, renderRuleTests } from "./rules_file.ts";
import type { Output } from "../options/outputs.ts";

const RULES = "walq.rules.yaml";

/** What is made for Prometheus and Grafana; paths are from the root of the repository. */
export function outputs(): Output[] {
  const { homepage } = JSON.parse(readFileSync("package.json", "utf8")) as { homepage: string };
  const repository = homepage.replace(/#.*$/, "");
  return [
    { path: `ops/prometheus/${RULES}`, render: () => renderRules(repository) },
    {
      path: "ops/prometheus/walq.rules.test.yaml",
      render: () => renderRuleTests(repository, RULES),
    },
    { path: "ops/grafana/walq.json", render: () => renderDashboard() },
    { path: "docs/runbook.md", render: () => renderRunbook() },
    { path: "docs/commands.md", render: () => renderCommands() },
    { path: "docs/metrics.md", render: (present) => renderMetricsPage(present) },
  ];
}
