/** `/api/v1/targets/relabel_steps`: what each rule of a job makes of labels. */
import { jsonFault } from "../../json_fault.ts";
import { relabelSteps } from "../../scrape/relabel_steps.ts";
import type { ScrapePool } from "../../scrape/scrape_pool.ts";
import type { Labels } from "../../types.ts";
import { ApiError } from "./answers.ts";

export function targetRelabelSteps(pools: readonly ScrapePool[], params: URLSearchParams): unknown {
  const name = params.get("scrapePool") ?? "";
  if (name === "") throw new ApiError("bad_data", "no scrapePool parameter provided");
  const labels = labelsOf(params.get("labels") ?? "");
  const pool = pools.find(({ job }) => job.jobName === name);
  if (pool === undefined) {
    const message = `error retrieving scrape config: scrape pool ${JSON.stringify(name)} not found`;
    throw new ApiError("bad_data", message);
  }
  return { steps: relabelSteps(pool.job, labels) };
}

function labelsOf(text: string): Labels {
  if (text === "") throw new ApiError("bad_data", "no labels parameter provided");
  let labels: unknown;
  try {
    labels = JSON.parse(text);
  } catch {
    throw new ApiError("bad_data", `error parsing labels: no JSON: ${jsonFault(text)}`);
  }
  const isMap = typeof labels === "object" && labels !== null && !Array.isArray(labels) &&
    Object.values(labels).every((value) => typeof value === "string");
  if (!isMap) throw new ApiError("bad_data", "error parsing labels: expected an object of texts");
  return labels as Labels;
}
