/**
 * Writes what is made for Prometheus and Grafana: dashboard, rules, their tests, the runbook, the page of
 * commands, * and the tables of docs/metrics.md. `npm run build:ops`; a test fails while one of them is not
 * what `scripts/ops/` gives.
 */
import { outputs } from "./ops/outputs.ts";
import { writeOutputs } from "./write_outputs.ts";

await writeOutputs(outputs());
